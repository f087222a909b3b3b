"""The What Works Clearinghouse's arithmetic, all in one place to call; each part is in a module of its own."""

from recredit.standards.wwc_attrition import Attrition, BoundaryTable, attrition, boundary_table, read_boundary_table
from recredit.standards.wwc_effects import (
    BaselineEquivalence,
    ClusterCorrection,
    EffectSize,
    baseline_equivalence,
    cluster_correction,
    cox_index,
    hedges_g,
    improvement_index,
    small_sample_factor,
)
from recredit.standards.wwc_ratings import (
    BenjaminiHochberg,
    EssaTier,
    Rating,
    benjamini_hochberg,
    essa_tier,
    rating,
)

__all__ = [
    "Attrition",
    "BaselineEquivalence",
    "BenjaminiHochberg",
    "BoundaryTable",
    "ClusterCorrection",
    "EffectSize",
    "EssaTier",
    "Rating",
    "attrition",
    "baseline_equivalence",
    "benjamini_hochberg",
    "boundary_table",
    "cluster_correction",
    "cox_index",
    "essa_tier",
    "hedges_g",
    "improvement_index",
    "rating",
    "read_boundary_table",
    "small_sample_factor",
]
