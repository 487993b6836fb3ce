SELECT
  "t11"."from_stage",
  "t11"."to_stage",
  SUM("t11"."moves") AS "n",
  SUM("t11"."copies") AS "journeys",
  SUM("t11"."firsts") AS "firsts"
FROM (
  SELECT
    "t10"."key",
    "t10"."from_stage",
    "t10"."to_stage",
    SUM("t10"."copies") AS "moves",
    MAX("t10"."copies") AS "copies",
    SUM(CASE WHEN "t10"."step" = 1 THEN "t10"."copies" ELSE 0.0 END) AS "firsts"
  FROM (
    SELECT
      "t9"."key",
      "t9"."step",
      "t9"."copies",
      COALESCE("t5"."here_stage", '(unstaged)') AS "from_stage",
      CASE
        WHEN "t9"."step" = "t9"."steps"
        THEN '(end)'
        ELSE COALESCE("t6"."there_stage", '(unstaged)')
      END AS "to_stage"
    FROM (
      SELECT
        "t7"."journey_id" AS "key",
        "t7"."touchpoint_id",
        "t7"."next_touchpoint",
        "t7"."step",
        "t7"."steps",
        CAST(1 AS DOUBLE PRECISION) AS "copies"
      FROM (
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
          (
            ROW_NUMBER() OVER (
              PARTITION BY "t2"."journey_id"
              ORDER BY "t2"."ts" ASC, "t2"."interaction_id" ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) - 1
          ) + 1 AS "step",
          COUNT(*) OVER (
            PARTITION BY "t2"."journey_id"
            ORDER BY "t2"."ts" ASC, "t2"."interaction_id" ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) AS "steps",
          LEAD("t2"."touchpoint_id", 1) OVER (
            PARTITION BY "t2"."journey_id"
            ORDER BY "t2"."ts" ASC, "t2"."interaction_id" ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) AS "next_touchpoint",
          LEAD("t2"."channel", 1) OVER (
            PARTITION BY "t2"."journey_id"
            ORDER BY "t2"."ts" ASC, "t2"."interaction_id" ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) AS "next_channel",
          LAG("t2"."channel", 1) OVER (
            PARTITION BY "t2"."journey_id"
            ORDER BY "t2"."ts" ASC, "t2"."interaction_id" ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) AS "previous_channel",
          CAST(CAST(EXTRACT(epoch FROM CAST(LEAD("t2"."ts", 1) OVER (
            PARTITION BY "t2"."journey_id"
            ORDER BY "t2"."ts" ASC, "t2"."interaction_id" ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) AS TIMESTAMP) - CAST("t2"."ts" AS TIMESTAMP)) * 1000000 AS BIGINT) AS DOUBLE PRECISION) / 60000000.0 AS "minutes"
        FROM (
          SELECT
            *
          FROM "interactions" AS "t1"
          WHERE
            "t1"."journey_id" IS NOT NULL AND "t1"."ts" IS NOT NULL
        ) AS "t2"
      ) AS "t7"
    ) AS "t9"
    LEFT OUTER JOIN (
      SELECT
        "t0"."touchpoint_id" AS "here",
        CASE
          WHEN "t0"."stage_id" IN ('stage_1', 'stage_2', 'stage_3')
          THEN "t0"."stage_id"
          ELSE '(unstaged)'
        END AS "here_stage"
      FROM "touchpoints" AS "t0"
    ) AS "t5"
      ON "t9"."touchpoint_id" = "t5"."here"
    LEFT OUTER JOIN (
      SELECT
        "t0"."touchpoint_id" AS "there",
        CASE
          WHEN "t0"."stage_id" IN ('stage_1', 'stage_2', 'stage_3')
          THEN "t0"."stage_id"
          ELSE '(unstaged)'
        END AS "there_stage"
      FROM "touchpoints" AS "t0"
    ) AS "t6"
      ON "t9"."next_touchpoint" = "t6"."there"
  ) AS "t10"
  GROUP BY
    1,
    2,
    3
) AS "t11"
GROUP BY
  1,
  2
