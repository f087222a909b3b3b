"""A smaller base that says the same: cliques of columns in place of the product of all columns.

Each cell is a sum over few columns. Tables over sets of columns whose graph is chordal come from one joint table
exactly where neighbours in a junction tree agree on the columns they share (Vorob'ev 1962; Lauritzen 1996, chapter 2).
So the programs need one non-negative variable for each combination inside a clique, and an equality for each shared
combination: the same bounds as over the product of all columns, from far fewer variables.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import prod


@dataclass(frozen=True)
class JunctionTree:
    """Cliques and the links between them.

    Attributes
    ----------
    cliques : sorted columns of each clique.
    links : (clique, clique, shared columns); they form a tree.
    """

    cliques: tuple[tuple[str, ...], ...]
    links: tuple[tuple[int, int, tuple[str, ...]], ...]

    def home(self, columns: Iterable[str], sizes: Mapping[str, int]) -> int:
        """The smallest clique that holds all of `columns`."""
        needed = set(columns)
        holders = [number for number, clique in enumerate(self.cliques) if needed <= set(clique)]
        return min(holders, key=lambda number: (prod(sizes[name] for name in self.cliques[number]), number))


def junction_tree(sets: Iterable[Iterable[str]], sizes: Mapping[str, int]) -> JunctionTree:
    """A junction tree in which each of `sets` lies in a clique.

    Parameters
    ----------
    sizes : parts of each column. The column whose elimination makes the smallest clique goes first.

    Notes
    -----
    Greedy elimination and a spanning tree by shared columns (Koller & Friedman 2009, sections 9.4.3 and 10.4.2). The
    choice of cliques changes the size of the programs, never their bounds.
    """
    neighbours: dict[str, set[str]] = {}
    for columns in sets:
        members = set(columns)
        for name in members:
            neighbours.setdefault(name, set()).update(members - {name})
    cliques: list[frozenset[str]] = []
    while neighbours:
        name = min(neighbours, key=lambda each: (prod(sizes[other] for other in {each, *neighbours[each]}), each))
        clique = frozenset({name, *neighbours.pop(name)})
        for other in clique - {name}:
            neighbours[other] = (neighbours[other] | clique) - {name, other}
        if not any(clique <= found for found in cliques):
            cliques.append(clique)
    ordered = tuple(sorted(tuple(sorted(clique)) for clique in cliques)) or ((),)
    return JunctionTree(ordered, _links(ordered))


def _links(cliques: tuple[tuple[str, ...], ...]) -> tuple[tuple[int, int, tuple[str, ...]], ...]:
    """A spanning tree that shares the most columns (Kruskal); cliques that share none are linked by their sum."""
    pairs = sorted(
        combinations(range(len(cliques)), 2),
        key=lambda pair: (-len(set(cliques[pair[0]]) & set(cliques[pair[1]])), pair),
    )
    tree = list(range(len(cliques)))
    links = []
    for left, right in pairs:
        if tree[left] != tree[right]:
            links.append((left, right, tuple(sorted(set(cliques[left]) & set(cliques[right])))))
            tree = [tree[left] if each == tree[right] else each for each in tree]
    return tuple(links)
