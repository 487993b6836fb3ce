SELECT
  "t0"."touchpoint_id",
  COUNT(*) AS "n",
  PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY
    "t0"."wait_minutes") AS "wait_p50",
  PERCENTILE_CONT(0.9) WITHIN GROUP (ORDER BY
    "t0"."wait_minutes") AS "wait_p90",
  SUM(CASE WHEN "t0"."success" IS NOT NULL THEN 1 ELSE 0 END) AS "told",
  SUM(CASE WHEN "t0"."success" = FALSE THEN 1 ELSE 0 END) AS "failed",
  SUM(CASE WHEN "t0"."wait_minutes" IS NOT NULL THEN 1 ELSE 0 END) AS "wait_n"
FROM "interactions" AS "t0"
GROUP BY
  1
