-- Ingredients of the course models, one row an ingredient and model: "Ingredient", "Category", "Mode", "Per" (student,
-- section, school or district), "Quantity", "Unit", "Price" (dollars), "Lifetime Years", "Price Year", "Borne By".
SELECT
    source_row,
    "Ingredient" AS ingredient,
    "Category" AS category,
    "Mode" AS mode,
    "Per" AS per,
    "Quantity" AS quantity,
    "Unit" AS unit,
    "Price" AS price,
    "Lifetime Years" AS lifetime_years,
    "Price Year" AS price_year,
    "Borne By" AS borne_by
FROM raw.costs
