SELECT
  "t1"."touchpoint_id",
  "t1"."n",
  LIST_EXTRACT("t1"."quantiles", 1) AS "wait_p50",
  LIST_EXTRACT("t1"."quantiles", 2) AS "wait_p90",
  "t1"."told",
  "t1"."failed",
  "t1"."wait_n"
FROM (
  SELECT
    "t0"."touchpoint_id",
    COUNT(*) AS "n",
    QUANTILE_CONT("t0"."wait_minutes", [0.5, 0.9]) AS "quantiles",
    SUM(CASE WHEN "t0"."success" IS NOT NULL THEN 1 ELSE 0 END) AS "told",
    SUM(CASE WHEN "t0"."success" = FALSE THEN 1 ELSE 0 END) AS "failed",
    SUM(CASE WHEN "t0"."wait_minutes" IS NOT NULL THEN 1 ELSE 0 END) AS "wait_n"
  FROM "interactions" AS "t0"
  GROUP BY
    1
) AS "t1"
