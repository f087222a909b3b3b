"""Implications of the briefs: careful advice, each piece only where a released row supports it."""

from recredit.briefs.numbers import Sentence, compose
from recredit.briefs.overview import ABSENCE, HOURS, IDLE, association_findings, quality_findings, verdict
from recredit.briefs.released import Released
from recredit.briefs.user_types import idle_findings, type_findings
from recredit.briefs.wording import direction, row_certainty


def implications(released: Released) -> list[Sentence]:
    """Careful advice, each piece only where a released row supports it."""
    advice = []
    verdicts = [verdict(row) for row in released.table("differences").rows]
    if ("significant", "lower") in verdicts:
        advice.append(
            "Where you can offer both, you may want to keep a teacher-directed class open to students who failed the "
            "course, and to watch results in online classes closely."
        )
    if ("uncertain", "") in verdicts:
        advice.append(
            "Where we call a difference uncertain, please do not read it as a sign that the two kinds of class are "
            "equal. It takes more students, or another year, to tell."
        )
    if _goes_with(released, IDLE, "lower"):
        advice.append(
            "You may want to look at idle time each week, and to talk early with students whose share is high. We "
            "cannot say that less idle time would by itself raise results."
        )
    if _goes_with(released, HOURS, "higher"):
        advice.append(
            "Time in the platform may serve as a simple early sign of who needs help. We cannot say that more hours "
            "would by themselves raise results."
        )
    if _goes_with(released, ABSENCE, "lower"):
        advice.append("Attendance may be worth a look before a student is placed in an online class.")
    if quality_findings(released):
        advice.append("Before you use these records for another question, please look at the faults we list above.")
    return [compose(text) for text in advice]


def _goes_with(released: Released, term: str, sign: str) -> bool:
    """Whether a model row on `term` has this sign and is significant."""
    return any(
        verdict(row) == ("significant", sign) for found in association_findings(released, term) for row in found.rows
    )


def on_engagement(released: Released) -> list[Sentence]:
    """Careful advice on work in the platform: steps that a district took, where idle time goes with worse results."""
    advice = []
    inside = [row for found in idle_findings(released) for row in found.rows]
    lower = any(direction(row["estimate"]) == "lower" and row_certainty(row) == "significant" for row in inside)
    if lower or _goes_with(released, IDLE, "lower"):
        advice += [
            "You may want to look at idle time each week, and to talk early with students whose share is high. We "
            "cannot say that less idle time would by itself raise results.",
            "One large district asked for notes during videos and checked them before each quiz, set up weekly "
            "check-ins, and gave teachers tools to follow the work. We have not tested these steps.",
        ]
    if type_findings(released):
        advice.append("The kinds of user are averages. Please do not use them to decide about a single student.")
    if _goes_with(released, ABSENCE, "lower"):
        advice.append("Attendance may be worth a look before a student is placed in an online class.")
    return [compose(text) for text in advice]
