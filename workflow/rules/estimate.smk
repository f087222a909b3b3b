# Reads  coded/cohort/cohort.parquet, flow.parquet and flow_rows.parquet, coded/measure/measures.parquet, coded/deidentify/quality.parquet,
#        and of coded/deidentify student_years, students, attendance and tests for the district around the study
# Writes coded/estimate/<table>.parquet with <table>.json beside it: exact tables, not yet public;
#        coded/estimate/bases/<counts_of>/<rule>.parquet: the rows that the tables count, joined by their column `unit`
from recredit.measures.definitions import FROM_CLICKS

DESCRIPTIVE_TABLES = [
    "sample_flow",
    "student_characteristics",
    "outcomes_by_mode",
    "engagement",
    "outcomes_by_idle",
    "outcomes_by_attempt",
    "enrollment_reasons",
    "data_quality",
]
ASSOCIATION_TABLES = ["associations", "associations_district", "specification_curve"]
EFFECT_TABLES = [
    "impacts",
    "impacts_by_cohort",
    "baseline_equivalence",
    "attrition",
    "site_variation",
    "impacts_second_opinions",
    "subgroup_impacts",
    "delivered",
    "grade_source",
    "grade_gap",
]
DISTRICT_TABLES = ["study_schools"]
ACHIEVEMENT_TABLES = ["achievement", "event_time"]
PANEL_TABLES = ["student_years", "enrollments", "sections", "terms", "marks", "tests"]
BASES = [
    coded(f"estimate/bases/enrollments/{rule}.parquet")
    for rule in ("describe_cohort", "estimate_associations", "estimate_differences", "estimate_effects")
]
BASES += [coded(f"estimate/bases/log/{rule}.parquet") for rule in ("describe_types", "estimate_associations")]
BASES += [coded("estimate/bases/district/describe_district.parquet")]
TYPE_TABLES = [
    "engagement_types",
    "type_ratings",
    "type_selection",
    "type_stability",
    "efficiency_by_year",
    "idle_thresholds",
    "idle_agreement",
    "types_outcomes",
]
EXACT_TABLES = [
    *DESCRIPTIVE_TABLES,
    *DISTRICT_TABLES,
    *ASSOCIATION_TABLES,
    "differences",
    *EFFECT_TABLES,
    *ACHIEVEMENT_TABLES,
    *TYPE_TABLES,
    "analyses",
]
PLAN = STUDY.plan
# Measures by week of the vendor's log, or of the click stream where that is all there is.
WEEKS = [coded(f"measure/weeks/{bucket}.parquet") for bucket in SESSION_BUCKETS]
WEEKS = WEEKS or [coded(f"measure/clicks/weeks/{bucket}.parquet") for bucket in CLICK_BUCKETS]


rule describe_cohort:
    input:
        cohort=coded("cohort/cohort.parquet"),
        flow=coded("cohort/flow.parquet"),
        flow_rows=coded("cohort/flow_rows.parquet"),
        measures=coded("measure/measures.parquet"),
        quality=coded("deidentify/quality.parquet"),
        modules=modules("estimate/describe_cohort.py"),
    output:
        tables=[coded(f"estimate/{table}.parquet") for table in DESCRIPTIVE_TABLES],
        specifications=[coded(f"estimate/{table}.json") for table in DESCRIPTIVE_TABLES],
        made=coded("estimate/made/describe_cohort.parquet"),
        base=coded("estimate/bases/enrollments/describe_cohort.parquet"),
    log:
        log_of("estimate", "describe_cohort"),
    benchmark:
        benchmark_of("estimate", "describe_cohort")
    conda:
        "../../environment.yml"
    params:
        cohort=SETTINGS["cohort"],
        minimum_minutes=SETTINGS["measures"]["minimum_minutes"],
        tables=TABLES,
    message:
        "estimate: describing the students, what they did and how they fared"
    script:
        "../scripts/estimate/describe_cohort.py"


rule describe_district:
    input:
        cohort=coded("cohort/cohort.parquet"),
        measures=coded("measure/measures.parquet"),
        tables=coded_tables("student_years", "students", "attendance", "tests"),
        modules=modules("estimate/describe_district.py"),
    output:
        table=coded("estimate/study_schools.parquet"),
        specification=coded("estimate/study_schools.json"),
        made=coded("estimate/made/describe_district.parquet"),
        base=coded("estimate/bases/district/describe_district.parquet"),
    log:
        log_of("estimate", "describe_district"),
    benchmark:
        benchmark_of("estimate", "describe_district")
    conda:
        "../../environment.yml"
    params:
        cohort=SETTINGS["cohort"],
        limits={name: SETTINGS["disclosure"][name] for name in ("minimum_group", "minimum_units")},
    message:
        "estimate: the students in the study beside those of the whole district"
    script:
        "../scripts/estimate/describe_district.py"


rule estimate_associations:
    input:
        cohort=coded("cohort/cohort.parquet"),
        measures=coded("measure/measures.parquet"),
        log=[
            *coded_tables("enrollments", "sections", "courses", "terms", "marks", "attendance"),
            coded("measure/online.parquet"),
            coded("measure/types.parquet"),
        ],
        weeks=WEEKS,
        modules=modules("estimate/estimate_associations.py"),
    output:
        tables=[coded(f"estimate/{table}.parquet") for table in ASSOCIATION_TABLES],
        specifications=[coded(f"estimate/{table}.json") for table in ASSOCIATION_TABLES],
        made=coded("estimate/made/estimate_associations.parquet"),
        bases=[coded(f"estimate/bases/{base}/estimate_associations.parquet") for base in ("enrollments", "log")],
    log:
        log_of("estimate", "estimate_associations"),
    benchmark:
        benchmark_of("estimate", "estimate_associations")
    # As soon as the types are found: all tables of the release wait for this.
    priority: 3
    conda:
        "../../environment.yml"
    params:
        models=SETTINGS["models"],
        cohort=SETTINGS["cohort"],
        tables=TABLES,
        definition=FROM_CLICKS.format(
            idle=SETTINGS["measures"]["idle_minutes"], timeout=SETTINGS["measures"]["session_timeout_minutes"]
        ),
    message:
        "estimate: what goes with grades, completion and passing"
    script:
        "../scripts/estimate/estimate_associations.py"


rule estimate_differences:
    input:
        cohort=coded("cohort/cohort.parquet"),
        measures=coded("measure/measures.parquet"),
        modules=modules("estimate/estimate_differences.py"),
    output:
        table=coded("estimate/differences.parquet"),
        specification=coded("estimate/differences.json"),
        made=coded("estimate/made/estimate_differences.parquet"),
        base=coded("estimate/bases/enrollments/estimate_differences.parquet"),
    log:
        log_of("estimate", "estimate_differences"),
    benchmark:
        benchmark_of("estimate", "estimate_differences")
    conda:
        "../../environment.yml"
    params:
        contrasts=SETTINGS["contrasts"],
        cohort=SETTINGS["cohort"],
        tables=TABLES,
    message:
        "estimate: online against teacher-directed classes"
    script:
        "../scripts/estimate/estimate_differences.py"


rule describe_types:
    input:
        files=[
            *coded_tables("enrollments", "sections", "courses", "terms", "marks", "teacher_ratings"),
            coded("measure/online.parquet"),
            coded("measure/types.parquet"),
        ],
        clicks=[coded(f"measure/clicks/{bucket}.parquet") for bucket in CLICK_BUCKETS],
        fits=coded("measure/type_fits.parquet"),
        modules=modules("estimate/describe_types.py"),
    output:
        tables=[coded(f"estimate/{table}.parquet") for table in TYPE_TABLES],
        specifications=[coded(f"estimate/{table}.json") for table in TYPE_TABLES],
        made=coded("estimate/made/describe_types.parquet"),
        base=coded("estimate/bases/log/describe_types.parquet"),
    log:
        log_of("estimate", "describe_types"),
    benchmark:
        benchmark_of("estimate", "describe_types")
    conda:
        "../../environment.yml"
    params:
        measures=SETTINGS["measures"],
        draws=SETTINGS["typology"]["school_draws"],
        seed=SETTINGS["seed"],
    message:
        "estimate: types of user, their results, and efficiency by school year"
    script:
        "../scripts/estimate/describe_types.py"


rule estimate_effects:
    input:
        cohort=coded("cohort/cohort.parquet"),
        measures=coded("measure/measures.parquet"),
        enrollments=coded("deidentify/enrollments.parquet"),
        survey=[coded("deidentify/student_survey.parquet")] if "student_survey" in TABLES else [],
        modules=modules("estimate/estimate_effects.py"),
    output:
        tables=[coded(f"estimate/{table}.parquet") for table in EFFECT_TABLES],
        specifications=[coded(f"estimate/{table}.json") for table in EFFECT_TABLES],
        made=coded("estimate/made/estimate_effects.parquet"),
        base=coded("estimate/bases/enrollments/estimate_effects.parquet"),
    log:
        log_of("estimate", "estimate_effects"),
    benchmark:
        benchmark_of("estimate", "estimate_effects")
    # The next longest of the estimates: it is begun first, so that the short ones fill the gaps.
    priority: 2
    conda:
        "../../environment.yml"
    params:
        contrasts=SETTINGS["contrasts"],
        plan=PLAN,
        seed=SETTINGS["seed"],
        school=SETTINGS["coarsening"]["school"],
        draws=[SETTINGS["inference"][f"{name}_draws"] for name in ("bootstrap", "permutation", "bounds")],
        cohort=SETTINGS["cohort"],
        tables=TABLES,
    message:
        "estimate: how sure the differences between online and teacher-directed classes are"
    script:
        "../scripts/estimate/estimate_effects.py"


rule estimate_achievement:
    input:
        tables=[coded(f"deidentify/{table}.parquet") for table in PANEL_TABLES if table in TABLES],
        modules=modules("estimate/estimate_achievement.py"),
    output:
        tables=[coded(f"estimate/{table}.parquet") for table in ACHIEVEMENT_TABLES],
        specifications=[coded(f"estimate/{table}.json") for table in ACHIEVEMENT_TABLES],
        made=coded("estimate/made/estimate_achievement.parquet"),
    log:
        log_of("estimate", "estimate_achievement"),
    benchmark:
        benchmark_of("estimate", "estimate_achievement")
    conda:
        "../../environment.yml"
    params:
        online_modes=SETTINGS["cohort"]["online_modes"],
    message:
        "estimate: online credits beside test scores, credits earned and grades"
    script:
        "../scripts/estimate/estimate_achievement.py"


rule list_analyses:
    input:
        made=[
            coded(f"estimate/made/{rule}.parquet")
            for rule in (
                "describe_cohort",
                "describe_district",
                "estimate_associations",
                "estimate_differences",
                "estimate_effects",
                "estimate_achievement",
                "describe_types",
            )
        ],
        described=[
            coded(f"estimate/{table}.json")
            for table in EXACT_TABLES
            if table != "analyses" and table in {entry.split(".")[0] for entry in SETTINGS["disclosure"]["leave_out"]}
        ],
        modules=modules("estimate/list_analyses.py"),
    output:
        table=coded("estimate/analyses.parquet"),
        specification=coded("estimate/analyses.json"),
    log:
        log_of("estimate", "list_analyses"),
    benchmark:
        benchmark_of("estimate", "list_analyses")
    conda:
        "../../environment.yml"
    params:
        left_out=SETTINGS["disclosure"]["leave_out"],
    message:
        "estimate: listing what was analysed and what could not be"
    script:
        "../scripts/estimate/list_analyses.py"
