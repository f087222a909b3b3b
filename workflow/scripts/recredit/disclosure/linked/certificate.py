"""What the attacker found on a release, as a certificate that holds numbers of cells and no cell."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from recredit.disclosure.linked.attack import TOLERANCE, Bounds, attack, hidden_quantities, public_attack
from recredit.disclosure.linked.differencing import Differencing, small_differences
from recredit.disclosure.linked.insider import InsiderAttack, insider_attack
from recredit.disclosure.linked.programs import SOLVER, solver_version
from recredit.disclosure.linked.requirements import is_met, needs, protected_quantities
from recredit.disclosure.linked.system import LinkedSystem
from recredit.errors import DisclosureError

LIMITS = (
    "The attacker bounds numbers of students by linear programs over everything that is shown as counts and "
    "percentages. Means and model figures are held to their own rules and are no part of the programs; nor is what "
    "somebody knows who is neither staff of one school nor has only public counts."
)


@dataclass(frozen=True)
class LinkedCertificate:
    """One attack on one joint system.

    Attributes
    ----------
    tables, cells, marked : tables attacked, their count and percent cells, and those of them that show the mark.
    quantities : distinct numbers of students behind the marked cells, those that earlier releases hide included.
    public : quantities that public counts and earlier releases give away whatever is released.
    recovered : other quantities that only one whole number fits.
    protected, wide_enough : quantities that are hidden for their own sake, and those of them that can still be
        anything from 0 to the minimum (or what public counts leave of it).
    narrowest : length of the shortest interval of a quantity that is not public, in students; None where there is no
        such quantity or each is without an upper bound.
    narrowest_protected : the same of the protected ones.
    insiders, insider_cells, insider_recovered : schools whose staff attacked the others, the cells they attacked, and
        those recovered; 0 where the system has no schools.
    small_differences, differences_recovered : nested groups that differ by 1 to the minimum less 1 students, and those
        of these numbers that can be computed.
    joint_cells : variables of the programs.
    listed_zeros : combinations that the tables show to be empty by not listing them.
    programs : linear programs solved.
    solver, solver_version : by what.
    measure : what is added up in a system of sums, whose widths are in its unit; "" for numbers of students. Of sums
        a cell is recovered where its interval is a point, schools' staff are not asked and no differences are formed.
    """

    tables: int
    cells: int
    marked: int
    quantities: int
    public: int
    recovered: int
    protected: int
    wide_enough: int
    narrowest: float | None
    narrowest_protected: float | None
    insiders: int
    insider_cells: int
    insider_recovered: int
    small_differences: int
    differences_recovered: int
    joint_cells: int
    listed_zeros: int
    programs: int
    solver: str
    solver_version: str
    measure: str = ""

    @property
    def passed(self) -> bool:
        """Whether no cell is recovered, by nobody, and each protected cell is wide enough."""
        found = self.recovered + self.insider_recovered + self.differences_recovered
        return found == 0 and self.wide_enough == self.protected


def certify_system(system: LinkedSystem) -> LinkedCertificate:
    """Attack a release as it is published: rounded counts, coded percentages, earlier releases and public counts."""
    if system.measure:
        return _certify_sums(system)
    # Of two attacks that the solver runs side by side, neither hangs on the other.
    with ThreadPoolExecutor(1) as pool:
        others = pool.submit(_other_attacks, system)
        bounds = attack(system)
        differences, inside = others.result()
    # What public counts give away is given away by the release with them, too.
    known = public_attack(system, bounds.recovered(), earlier=True)
    protected = protected_quantities(system)
    wanted, programs = needs(system, protected)
    failed = {need.quantity for need in wanted if not is_met(need, bounds)}
    hidden = np.setdiff1d(bounds.quantities, known.recovered())
    now = [each for each in system.statements if not each.release]
    return LinkedCertificate(
        tables=len({each.table for each in now}),
        cells=len(now),
        marked=len(system.hidden()),
        quantities=len(hidden_quantities(system)),
        public=len(known.recovered()),
        recovered=len(np.intersect1d(bounds.recovered(), hidden)),
        protected=len(protected),
        wide_enough=len(protected) - len(failed),
        narrowest=_narrowest(bounds, hidden),
        narrowest_protected=_narrowest(bounds, np.intersect1d(hidden, protected)),
        insiders=inside.insiders,
        insider_cells=inside.cells,
        insider_recovered=len(inside.recovered),
        small_differences=differences.pairs,
        differences_recovered=len(differences.recovered),
        joint_cells=len(system.world),
        listed_zeros=system.listed_zeros,
        programs=bounds.programs + known.programs + programs + inside.programs + differences.programs,
        solver=SOLVER,
        solver_version=solver_version(),
    )


def _other_attacks(system: LinkedSystem) -> tuple[Differencing, InsiderAttack]:
    """Differences of nested groups, and the attacks of schools' own staff."""
    inside = insider_attack(system) if system.insider else InsiderAttack((), 0, 0, 0)
    return small_differences(system), inside


def _certify_sums(system: LinkedSystem) -> LinkedCertificate:
    """Attack the sums of a release: each hidden one must keep the width that the dominance rules ask for."""
    bounds = attack(system)
    protected = protected_quantities(system)
    wanted, _ = needs(system, protected)
    failed = {need.quantity for need in wanted if not is_met(need, bounds)}
    own = np.intersect1d(bounds.quantities, protected)
    points = bounds.quantities[bounds.width() <= TOLERANCE]
    return LinkedCertificate(
        tables=len({each.table for each in system.statements}),
        cells=len(system.statements),
        marked=len(system.hidden()),
        quantities=len(bounds.quantities),
        public=0,
        recovered=len(np.intersect1d(points, own)),
        protected=len(protected),
        wide_enough=len(protected) - len(failed),
        narrowest=_narrowest(bounds, bounds.quantities),
        narrowest_protected=_narrowest(bounds, own),
        insiders=0,
        insider_cells=0,
        insider_recovered=0,
        small_differences=0,
        differences_recovered=0,
        joint_cells=len(system.world),
        listed_zeros=system.listed_zeros,
        programs=bounds.programs,
        solver=SOLVER,
        solver_version=solver_version(),
        measure=system.measure,
    )


def _narrowest(bounds: Bounds, quantities: np.ndarray) -> float | None:
    widths = bounds.width()[np.isin(bounds.quantities, quantities)]
    finite = widths[np.isfinite(widths)]
    return float(finite.min()) if len(finite) else None


def require_passed(certificates: Mapping[str, LinkedCertificate]) -> None:
    """Stop a release that the attacker got through.

    Raises
    ------
    DisclosureError saying how many cells of which joint system were recovered or are too narrow.
    """
    failed = [
        f"{name}: {each.recovered} cells recovered, {each.insider_recovered} by a school's own staff, "
        f"{each.differences_recovered} small differences; {each.protected - each.wide_enough} protected cells narrow"
        for name, each in sorted(certificates.items())
        if not each.passed
    ]
    if failed:
        raise DisclosureError("\n".join(["The attacker got through the release, so it is stopped.", *failed]))


def certificate_content(certificates: Mapping[str, LinkedCertificate], outside: Sequence[str]) -> dict[str, Any]:
    """The certificates of all joint systems of a release, for JSON.

    Parameters
    ----------
    outside : "table.column" of released counts and percentages that no layout describes, which the attacker could
        therefore not use.
    """
    return {
        "verdict": "passed" if all(each.passed for each in certificates.values()) else "failed",
        "systems": {name: _rounded(asdict(each)) for name, each in sorted(certificates.items())},
        "columns_outside": sorted(outside),
        "limits": LIMITS,
    }


def _rounded(entry: dict[str, Any]) -> dict[str, Any]:
    """Widths to a tenth of a student: the last digits of a program's optimum differ between machines."""
    return {name: round(value, 1) if isinstance(value, float) else value for name, value in entry.items()}
