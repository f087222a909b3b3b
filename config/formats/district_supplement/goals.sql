-- Goals of the programme, one row a goal: "Goal", "Level" (district, program or school), "Measure", "Unit", "Baseline",
-- "Target", "Due On".
SELECT
    source_row,
    "Goal" AS goal,
    "Level" AS level,
    "Measure" AS measure,
    "Unit" AS unit,
    "Baseline" AS baseline,
    "Target" AS target,
    "Due On" AS due_on
FROM raw.goals
