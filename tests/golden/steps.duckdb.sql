SELECT
  "t2"."interaction_id",
  "t2"."journey_id",
  "t2"."customer_id",
  "t2"."touchpoint_id",
  "t2"."channel",
  "t2"."ts",
  "t2"."promised_ts",
  "t2"."wait_minutes",
  "t2"."success",
  "t2"."step",
  "t2"."steps",
  "t2"."next_touchpoint",
  "t2"."next_channel",
  "t2"."previous_channel",
  "t2"."minutes",
  COALESCE(1.0, 1.0) AS "rows",
  COALESCE(1.0, 0.0) AS "w1",
  COALESCE(1.0, 1.0) * COALESCE(1.0, 0.0) AS "w",
  "t2"."journey_id" AS "key",
  CAST(1 AS DOUBLE) AS "copies"
FROM (
  SELECT
    "t1"."interaction_id",
    "t1"."journey_id",
    "t1"."customer_id",
    "t1"."touchpoint_id",
    "t1"."channel",
    "t1"."ts",
    "t1"."promised_ts",
    "t1"."wait_minutes",
    "t1"."success",
    (
      ROW_NUMBER() OVER (
        PARTITION BY "t1"."journey_id"
        ORDER BY "t1"."ts" ASC, "t1"."interaction_id" ASC
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
      ) - 1
    ) + 1 AS "step",
    COUNT(*) OVER (
      PARTITION BY "t1"."journey_id"
      ORDER BY "t1"."ts" ASC, "t1"."interaction_id" ASC
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS "steps",
    LEAD("t1"."touchpoint_id", 1) OVER (
      PARTITION BY "t1"."journey_id"
      ORDER BY "t1"."ts" ASC, "t1"."interaction_id" ASC
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS "next_touchpoint",
    LEAD("t1"."channel", 1) OVER (
      PARTITION BY "t1"."journey_id"
      ORDER BY "t1"."ts" ASC, "t1"."interaction_id" ASC
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS "next_channel",
    LAG("t1"."channel", 1) OVER (
      PARTITION BY "t1"."journey_id"
      ORDER BY "t1"."ts" ASC, "t1"."interaction_id" ASC
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS "previous_channel",
    CAST(DATE_DIFF(
      'MICROSECOND',
      "t1"."ts",
      LEAD("t1"."ts", 1) OVER (
        PARTITION BY "t1"."journey_id"
        ORDER BY "t1"."ts" ASC, "t1"."interaction_id" ASC
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
      )
    ) AS DOUBLE) / 60000000.0 AS "minutes"
  FROM (
    SELECT
      *
    FROM "interactions" AS "t0"
    WHERE
      "t0"."journey_id" IS NOT NULL AND "t0"."ts" IS NOT NULL
  ) AS "t1"
) AS "t2"
