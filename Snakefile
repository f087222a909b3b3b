# One run = one study. The stages, in order, are the files below; the library with the statistics is workflow/scripts/recredit.
from snakemake.utils import min_version

min_version("9.27")


include: "workflow/rules/common.smk"


if SIMULATED:

    include: "workflow/rules/simulate.smk"


if FROM_RAW:

    include: "workflow/rules/intake.smk"
    include: "workflow/rules/deidentify.smk"


include: "workflow/rules/cohort.smk"
include: "workflow/rules/measure.smk"
include: "workflow/rules/estimate.smk"
include: "workflow/rules/release.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/publish.smk"


rule all:
    default_target: True
    input:
        coded("publish/published.json"),
        [coded("deidentify/handover.json")] if FROM_RAW else [],


check_zones(workflow.rules)


# On a cluster, the jobs of one bucket of students go to the nodes; the others run where Snakemake was called.
workflow.localrules(*(rule.name for rule in workflow.rules if "bucket" not in rule.wildcard_names))
