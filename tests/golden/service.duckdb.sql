SELECT
  "t0"."touchpoint_id",
  COUNT(*) AS "n",
  QUANTILE_CONT("t0"."wait_minutes", 0.5) AS "wait_p50",
  QUANTILE_CONT("t0"."wait_minutes", 0.9) AS "wait_p90",
  SUM(CASE WHEN "t0"."success" IS NOT NULL THEN 1 ELSE 0 END) AS "told",
  SUM(CASE WHEN "t0"."success" = FALSE THEN 1 ELSE 0 END) AS "failed",
  SUM(CASE WHEN "t0"."wait_minutes" IS NOT NULL THEN 1 ELSE 0 END) AS "wait_n"
FROM "interactions" AS "t0"
GROUP BY
  1
