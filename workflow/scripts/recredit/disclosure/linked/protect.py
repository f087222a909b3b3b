"""Complementary suppression: the cells that must be hidden beside the small ones, over all tables together."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from recredit.disclosure.linked.attack import attack, hidden_quantities, public_attack
from recredit.disclosure.linked.insider import insider_attack
from recredit.disclosure.linked.requirements import is_met, needs, not_exactly, protected_quantities, the_other_way
from recredit.disclosure.linked.system import LinkedSystem
from recredit.disclosure.linked.worlds import MOVED, Need, World, Worlds
from recredit.disclosure.rules import WAY_OUT
from recredit.errors import DisclosureError, UnprotectableError

# Rounds of protecting and auditing. Each but the last hides at least one more cell; two or three are usual.
MAXIMUM_ROUNDS = 20
TABLES_SHOWN = 5
# Times that all needs are met again with fewer cells; the first two bring nearly all there is.
PASSES = 3


@dataclass(frozen=True)
class Protection:
    """What is hidden in addition.

    Attributes
    ----------
    system : the system with all hidden cells marked.
    complementary : statements hidden in addition, as positions in `LinkedSystem.statements`.
    needs : what had to be possible for the protected cells and is.
    programs : linear programs solved, those of the audits included.
    rounds : times that the attacker was run.
    """

    system: LinkedSystem
    complementary: tuple[int, ...]
    needs: tuple[Need, ...]
    programs: int
    rounds: int


def protect(system: LinkedSystem, *, precise: bool = True) -> Protection:
    """Hide what must be hidden beside the cells that are marked already.

    Parameters
    ----------
    system : the release with its primary suppression. With `system.insider`, schools' own staff are kept from
        recovering the cells of other schools, too.
    precise : True protects against a reader of the exact shown counts, so that rounding comes on top; False against
        the reader of the rounded ones only.

    Raises
    ------
    UnprotectableError where declared cells, earlier releases or public counts give a protected cell away whatever else
    is hidden; the message names the tables.

    Notes
    -----
    For each protected cell, largest first, the cheapest set of cells is hidden that lets it reach both ends of what is
    needed: the linear relaxation of the cell suppression problem, solved one cell after the other (Kelly, Golden &
    Assad 1992; Fischetti & Salazar 2001), then thinned out. The attacker has the last word.
    """
    wanted, programs = needs(system, protected_quantities(system))
    keeper = _Keeper(system, precise=precise)
    for rounds in range(1, MAXIMUM_ROUNDS + 1):
        keeper.meet(wanted)
        keeper.thin_out()
        shown = system.hide(keeper.statements())
        wanted, used = _audit(shown, keeper.needs(), precise=precise)
        programs += used
        if not wanted:
            complementary, met = tuple(sorted(keeper.statements())), tuple(keeper.needs())
            return Protection(shown, complementary, met, programs + keeper.solved, rounds)
    raise DisclosureError(
        f"The release could not be protected in a reasonable number of rounds. Collapse categories, {WAY_OUT}."
    )


def _audit(shown: LinkedSystem, met: Sequence[Need], *, precise: bool) -> tuple[list[Need], int]:
    """What the attacker finds that it should not, as needs, and the programs it solved."""
    with ThreadPoolExecutor(1) as pool:
        # What schools' staff find counts where nothing else is found, as a rule in the last round: by then it is known.
        staff = pool.submit(insider_attack, shown, precise=precise) if shown.insider and not shown.measure else None
        bounds = attack(shown, precise=precise, quantities=hidden_quantities(shown))
    known = public_attack(shown, bounds.recovered(), earlier=True)
    found = [need for need in met if need.insider < 0 and not is_met(need, bounds)]
    if shown.measure:
        return found, bounds.programs
    found += [not_exactly(shown, int(each)) for each in np.setdiff1d(bounds.recovered(), known.recovered())]
    programs = bounds.programs + known.programs
    if staff is not None and not found:
        inside = staff.result()
        programs += inside.programs
        found += [not_exactly(shown, quantity, insider) for insider, quantity in inside.recovered]
    return found, programs


class _Keeper:
    """The needs met so far, each with a world that shows it, and the rows given up for them."""

    def __init__(self, system: LinkedSystem, *, precise: bool) -> None:
        self._system, self._precise = system, precise
        self._targets: set[int] = set()
        self._worlds = Worlds(system, np.zeros(0, dtype=np.int64), precise=precise)
        self._met: dict[Need, World] = {}
        self._solved_before = 0

    @property
    def solved(self) -> int:
        return self._solved_before + self._worlds.solved

    def needs(self) -> list[Need]:
        return list(self._met)

    def statements(self) -> set[int]:
        """Statements whose rows are given up."""
        return {number for row in self._worlds.hidden for number in self._worlds.owners[row]}

    def meet(self, wanted: Sequence[Need]) -> None:
        """Give up rows until each need is met: the cells with the most students first."""
        failed = []
        self._cover(wanted)
        for need in sorted(wanted, key=lambda each: (-self._system.counts[each.quantity], each.quantity, each.upward)):
            world = self._seen(need, self._met) or self._worlds.find(need)
            if world is None and need.either:
                world = self._worlds.find(the_other_way(self._system, need))
            if world is None:
                failed.append(need)
                continue
            self._worlds.hide(world.moved)
            self._met[need] = world
        if failed:
            raise UnprotectableError(_unprotectable(self._system, failed))

    def _cover(self, wanted: Sequence[Need]) -> None:
        """Make programs that can aim at all that is wanted; each target is a row, so there are none to spare."""
        more = {need.quantity for need in wanted} - self._targets
        if more:
            self._targets |= more
            self._solved_before += self._worlds.solved
            hidden = self._worlds.hidden
            self._worlds = Worlds(self._system, np.array(sorted(self._targets)), precise=self._precise)
            self._worlds.hide(hidden)

    def thin_out(self) -> None:
        """Show again what turned out not to be needed.

        All needs are met a second time, the last first, by none but the rows given up already: what was hidden for a
        later cell now serves an earlier one, too.
        """
        for _ in range(PASSES):
            before = self._worlds.hidden
            self._worlds.start_again()
            again: dict[Need, World] = {}
            for need in reversed(list(self._met)):
                world = self._seen(need, again) or self._worlds.find(need, sparse=False)
                if world is None:
                    raise DisclosureError("A need that was met cannot be met again: this is a fault, report it.")
                self._worlds.hide(world.moved)
                again[need] = world
            self._met = again
            self._worlds.open_all()
            if self._worlds.hidden == before:
                break

    def _seen(self, need: Need, met: Mapping[Need, World]) -> World | None:
        """A world that was found for another need, meets this one, too, and moves nothing that is shown."""
        if need.insider >= 0:
            return None
        for world in met.values():
            students = world.quantities[need.quantity]
            reached = students >= need.level - MOVED if need.upward else students <= need.level + MOVED
            if reached and not self._worlds.new_rows(world):
                return world
        return None


def _unprotectable(system: LinkedSystem, failed: Sequence[Need]) -> str:
    quantities = {need.quantity for need in failed}
    tables = sorted(
        {
            system.statements[number].table
            for number in system.hidden(earlier=True)
            if quantities & {int(each[number]) for each in (system.counted, system.denominators, system.sizes)}
        }
    )
    releases = sorted({each.release for each in system.statements if each.release})
    earlier = f"an earlier release ({', '.join(releases)})" if releases else "an earlier release"
    return (
        f"{len(quantities)} small groups follow from cells that cannot be hidden: the declared exact cells, {earlier} "
        f"or public counts. They lie in {', '.join(tables[:TABLES_SHOWN])}. Take cells off the declared list, "
        f"collapse categories of these tables, {WAY_OUT}."
    )
