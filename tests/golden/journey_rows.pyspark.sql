SELECT
  `t31`.`key`,
  `t31`.`steps`,
  `t31`.`copies`,
  `t31`.`path`,
  `t31`.`first_id`,
  `t31`.`last_id`,
  `t31`.`channel_path`,
  `t31`.`switches`,
  `t31`.`started`,
  `t31`.`ended`,
  `t31`.`minutes`,
  `t31`.`customer_id`,
  `t31`.`one_customer`,
  `t31`.`channel`,
  `t31`.`outcome`,
  `t31`.`converted`,
  `t31`.`value`,
  `t31`.`segment`,
  `t31`.`peak`,
  `t31`.`end`,
  `t31`.`mean`,
  COALESCE(`t31`.`felt`, 0) AS `felt`
FROM (
  SELECT
    `t30`.`key`,
    `t30`.`steps`,
    `t30`.`copies`,
    `t30`.`path`,
    `t30`.`first_id`,
    `t30`.`last_id`,
    `t30`.`channel_path`,
    `t30`.`switches`,
    `t30`.`started`,
    `t30`.`ended`,
    `t30`.`minutes`,
    `t30`.`customer_id`,
    `t30`.`one_customer`,
    `t30`.`channel`,
    `t30`.`outcome`,
    `t30`.`converted`,
    `t30`.`value`,
    `t30`.`segment`,
    `t30`.`peak`,
    `t30`.`end`,
    `t30`.`mean`,
    `t30`.`felt`
  FROM (
    SELECT
      `t29`.`key`,
      `t29`.`steps`,
      `t29`.`copies`,
      `t29`.`path`,
      `t29`.`first_id`,
      `t29`.`last_id`,
      `t29`.`channel_path`,
      `t29`.`switches`,
      `t29`.`started`,
      `t29`.`ended`,
      `t29`.`minutes`,
      `t29`.`customer_id`,
      `t29`.`one_customer`,
      `t29`.`channel`,
      `t29`.`outcome`,
      `t29`.`converted`,
      `t29`.`value`,
      `t29`.`segment`,
      `t24`.`journey`,
      `t24`.`peak`,
      `t24`.`end`,
      `t24`.`mean`,
      `t24`.`felt`
    FROM (
      SELECT
        `t27`.`key`,
        `t27`.`steps`,
        `t27`.`copies`,
        `t27`.`path`,
        `t27`.`first_id`,
        `t27`.`last_id`,
        `t27`.`channel_path`,
        `t27`.`switches`,
        `t27`.`started`,
        `t27`.`ended`,
        `t27`.`minutes`,
        `t27`.`customer_id`,
        `t27`.`one_customer`,
        `t27`.`channel`,
        `t27`.`outcome`,
        `t27`.`converted`,
        `t27`.`value`,
        `t27`.`group` AS `segment`
      FROM (
        SELECT
          `t26`.`key`,
          `t26`.`steps`,
          `t26`.`copies`,
          `t26`.`path`,
          `t26`.`first_id`,
          `t26`.`last_id`,
          `t26`.`channel_path`,
          `t26`.`switches`,
          `t26`.`started`,
          `t26`.`ended`,
          `t26`.`minutes`,
          `t26`.`customer_id`,
          `t26`.`one_customer`,
          `t26`.`channel`,
          `t26`.`outcome`,
          `t26`.`converted`,
          `t26`.`value`,
          `t6`.`person`,
          `t6`.`group`
        FROM (
          SELECT
            `t23`.`key`,
            `t23`.`steps`,
            `t23`.`copies`,
            `t23`.`path`,
            `t23`.`first_id`,
            `t23`.`last_id`,
            `t23`.`channel_path`,
            `t23`.`switches`,
            `t23`.`started`,
            `t23`.`ended`,
            `t23`.`minutes`,
            `t23`.`customer_id`,
            `t23`.`one_customer`,
            `t23`.`channel`,
            `t23`.`outcome`,
            `t23`.`converted`,
            `t23`.`value`
          FROM (
            SELECT
              `t21`.`key`,
              `t21`.`steps`,
              `t21`.`copies`,
              `t21`.`path`,
              `t21`.`first_id`,
              `t21`.`last_id`,
              `t21`.`channel_path`,
              `t21`.`switches`,
              `t21`.`first_channel`,
              `t21`.`started`,
              `t21`.`ended`,
              `t21`.`minutes`,
              `t21`.`customer_id`,
              `t21`.`one_customer`,
              COALESCE(`t21`.`channel`, `t21`.`first_channel`) AS `channel`,
              `t21`.`outcome`,
              `t21`.`converted`,
              `t21`.`value`
            FROM (
              SELECT
                `t20`.`key`,
                `t20`.`steps`,
                `t20`.`copies`,
                `t20`.`path`,
                `t20`.`first_id`,
                `t20`.`last_id`,
                `t20`.`channel_path`,
                `t20`.`switches`,
                `t20`.`first_channel`,
                `t20`.`started`,
                `t20`.`ended`,
                `t20`.`minutes`,
                `t20`.`customer_id`,
                `t20`.`one_customer`,
                `t20`.`channel`,
                `t20`.`outcome`,
                `t20`.`converted`,
                `t20`.`value`
              FROM (
                SELECT
                  `t18`.`key`,
                  `t18`.`steps`,
                  `t18`.`copies`,
                  `t18`.`path`,
                  `t18`.`first_id`,
                  `t18`.`last_id`,
                  `t18`.`channel_path`,
                  `t18`.`switches`,
                  `t18`.`first_channel`,
                  `t18`.`started`,
                  `t18`.`ended`,
                  `t18`.`minutes`,
                  `t18`.`customer_id`,
                  `t18`.`one_customer`,
                  `t7`.`channel`,
                  `t7`.`outcome`,
                  `t7`.`converted`,
                  `t7`.`value`,
                  `t7`.`journey`
                FROM (
                  SELECT
                    `t13`.`key`,
                    MAX(`t13`.`steps`) AS `steps`,
                    MAX(`t13`.`copies`) AS `copies`,
                    NULLIF(
                      IF(
                        SIZE(
                          TRANSFORM(
                            ARRAY_SORT(
                              COLLECT_LIST(
                                IF(
                                  `t13`.`touchpoint_id` IS NOT NULL,
                                  STRUCT(`t13`.`step` AS `place`, `t13`.`touchpoint_id` AS `text`),
                                  NULL
                                )
                              )
                            ),
                            __ibis_param_pair__ -> __ibis_param_pair__.`text`
                          )
                        ) > 0,
                        CONCAT_WS(
                          ' > ',
                          TRANSFORM(
                            ARRAY_SORT(
                              COLLECT_LIST(
                                IF(
                                  `t13`.`touchpoint_id` IS NOT NULL,
                                  STRUCT(`t13`.`step` AS `place`, `t13`.`touchpoint_id` AS `text`),
                                  NULL
                                )
                              )
                            ),
                            __ibis_param_pair__ -> __ibis_param_pair__.`text`
                          )
                        ),
                        NULL
                      ),
                      ''
                    ) AS `path`,
                    MAX(CASE WHEN `t13`.`step` = 1 THEN `t13`.`touchpoint_id` ELSE NULL END) AS `first_id`,
                    MAX(CASE WHEN `t13`.`step` = `t13`.`steps` THEN `t13`.`touchpoint_id` ELSE NULL END) AS `last_id`,
                    NULLIF(
                      IF(
                        SIZE(
                          TRANSFORM(
                            ARRAY_SORT(
                              COLLECT_LIST(
                                IF(
                                  CASE
                                    WHEN NOT (
                                      COALESCE(`t13`.`channel` = `t13`.`previous_channel`, FALSE)
                                    )
                                    THEN `t13`.`channel`
                                    ELSE NULL
                                  END IS NOT NULL,
                                  STRUCT(
                                    `t13`.`step` AS `place`,
                                    CASE
                                      WHEN NOT (
                                        COALESCE(`t13`.`channel` = `t13`.`previous_channel`, FALSE)
                                      )
                                      THEN `t13`.`channel`
                                      ELSE NULL
                                    END AS `text`
                                  ),
                                  NULL
                                )
                              )
                            ),
                            __ibis_param_pair__ -> __ibis_param_pair__.`text`
                          )
                        ) > 0,
                        CONCAT_WS(
                          ' > ',
                          TRANSFORM(
                            ARRAY_SORT(
                              COLLECT_LIST(
                                IF(
                                  CASE
                                    WHEN NOT (
                                      COALESCE(`t13`.`channel` = `t13`.`previous_channel`, FALSE)
                                    )
                                    THEN `t13`.`channel`
                                    ELSE NULL
                                  END IS NOT NULL,
                                  STRUCT(
                                    `t13`.`step` AS `place`,
                                    CASE
                                      WHEN NOT (
                                        COALESCE(`t13`.`channel` = `t13`.`previous_channel`, FALSE)
                                      )
                                      THEN `t13`.`channel`
                                      ELSE NULL
                                    END AS `text`
                                  ),
                                  NULL
                                )
                              )
                            ),
                            __ibis_param_pair__ -> __ibis_param_pair__.`text`
                          )
                        ),
                        NULL
                      ),
                      ''
                    ) AS `channel_path`,
                    SUM(
                      CASE
                        WHEN COALESCE(`t13`.`channel` <> `t13`.`previous_channel`, FALSE)
                        THEN 1
                        ELSE 0
                      END
                    ) AS `switches`,
                    MAX(CASE WHEN `t13`.`step` = 1 THEN `t13`.`channel` ELSE NULL END) AS `first_channel`,
                    MIN(`t13`.`ts`) AS `started`,
                    MAX(`t13`.`ts`) AS `ended`,
                    CAST(DATEDIFF(MICROSECOND, MIN(`t13`.`ts`), MAX(`t13`.`ts`)) AS DOUBLE) / 60000000.0 AS `minutes`,
                    MIN(`t13`.`customer_id`) AS `customer_id`,
                    CASE
                      WHEN MIN(`t13`.`customer_id`) = MAX(`t13`.`customer_id`)
                      THEN COUNT(`t13`.`customer_id`) = COUNT(*)
                      ELSE COUNT(`t13`.`customer_id`) = 0
                    END AS `one_customer`
                  FROM (
                    SELECT
                      `t12`.`interaction_id`,
                      `t12`.`journey_id`,
                      `t12`.`customer_id`,
                      `t12`.`touchpoint_id`,
                      `t12`.`channel`,
                      `t12`.`ts`,
                      `t12`.`promised_ts`,
                      `t12`.`wait_minutes`,
                      `t12`.`success`,
                      `t12`.`rows`,
                      `t12`.`w1`,
                      `t12`.`w`,
                      `t12`.`key`,
                      `t12`.`copies`,
                      `t12`.`step`,
                      `t12`.`steps`,
                      `t12`.`next_touchpoint`,
                      `t12`.`next_channel`,
                      `t12`.`previous_channel`,
                      `t12`.`minutes`
                    FROM (
                      SELECT
                        `t8`.`interaction_id`,
                        `t8`.`journey_id`,
                        `t8`.`customer_id`,
                        `t8`.`touchpoint_id`,
                        `t8`.`channel`,
                        `t8`.`ts`,
                        `t8`.`promised_ts`,
                        `t8`.`wait_minutes`,
                        `t8`.`success`,
                        `t8`.`rows`,
                        `t8`.`w1`,
                        `t8`.`w`,
                        `t8`.`key`,
                        `t8`.`copies`,
                        `t8`.`clock`,
                        (
                          ROW_NUMBER() OVER (
                            PARTITION BY `t8`.`key`
                            ORDER BY `t8`.`clock` ASC NULLS LAST, `t8`.`interaction_id` ASC NULLS LAST
                          ) - 1
                        ) + 1 AS `step`,
                        COUNT(*) OVER (
                          PARTITION BY `t8`.`key`
                          ORDER BY `t8`.`clock` ASC NULLS LAST, `t8`.`interaction_id` ASC NULLS LAST
                          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                        ) AS `steps`,
                        LEAD(`t8`.`touchpoint_id`, 1) OVER (
                          PARTITION BY `t8`.`key`
                          ORDER BY `t8`.`clock` ASC NULLS LAST, `t8`.`interaction_id` ASC NULLS LAST
                        ) AS `next_touchpoint`,
                        LEAD(`t8`.`channel`, 1) OVER (
                          PARTITION BY `t8`.`key`
                          ORDER BY `t8`.`clock` ASC NULLS LAST, `t8`.`interaction_id` ASC NULLS LAST
                        ) AS `next_channel`,
                        LAG(`t8`.`channel`, 1) OVER (
                          PARTITION BY `t8`.`key`
                          ORDER BY `t8`.`clock` ASC NULLS LAST, `t8`.`interaction_id` ASC NULLS LAST
                        ) AS `previous_channel`,
                        CAST(DATEDIFF(
                          MICROSECOND,
                          `t8`.`ts`,
                          LEAD(`t8`.`ts`, 1) OVER (
                            PARTITION BY `t8`.`key`
                            ORDER BY `t8`.`clock` ASC NULLS LAST, `t8`.`interaction_id` ASC NULLS LAST
                          )
                        ) AS DOUBLE) / 60000000.0 AS `minutes`
                      FROM (
                        SELECT
                          `t2`.`interaction_id`,
                          `t2`.`journey_id`,
                          `t2`.`customer_id`,
                          `t2`.`touchpoint_id`,
                          `t2`.`channel`,
                          `t2`.`ts`,
                          `t2`.`promised_ts`,
                          `t2`.`wait_minutes`,
                          `t2`.`success`,
                          COALESCE(1.0, 1.0) AS `rows`,
                          COALESCE(1.0, 0.0) AS `w1`,
                          COALESCE(1.0, 1.0) * COALESCE(1.0, 0.0) AS `w`,
                          `t2`.`journey_id` AS `key`,
                          1.0 AS `copies`,
                          `t2`.`ts` AS `clock`
                        FROM `interactions` AS `t2`
                        WHERE
                          `t2`.`journey_id` IS NOT NULL AND `t2`.`ts` IS NOT NULL
                      ) AS `t8`
                    ) AS `t12`
                  ) AS `t13`
                  GROUP BY
                    1
                ) AS `t18`
                LEFT OUTER JOIN (
                  SELECT
                    `t3`.`channel`,
                    `t3`.`outcome`,
                    `t3`.`converted`,
                    `t3`.`value`,
                    `t3`.`journey_id` AS `journey`
                  FROM `journeys` AS `t3`
                ) AS `t7`
                  ON `t18`.`key` = `t7`.`journey`
              ) AS `t20`
            ) AS `t21`
          ) AS `t23`
        ) AS `t26`
        LEFT OUTER JOIN (
          SELECT
            `t0`.`customer_id` AS `person`,
            `t0`.`segment` AS `group`
          FROM `customers` AS `t0`
        ) AS `t6`
          ON `t26`.`customer_id` = `t6`.`person`
      ) AS `t27`
    ) AS `t29`
    LEFT OUTER JOIN (
      SELECT
        `t19`.`key` AS `journey`,
        MAX(CASE WHEN `t19`.`rank` = 0 THEN `t19`.`x` ELSE NULL END) AS `peak`,
        MAX(CASE WHEN `t19`.`back` = 0 THEN `t19`.`x` ELSE NULL END) AS `end`,
        AVG(`t19`.`x`) AS `mean`,
        COUNT(*) AS `felt`
      FROM (
        SELECT
          `t16`.`key`,
          `t16`.`step`,
          `t16`.`x`,
          ROW_NUMBER() OVER (
            PARTITION BY `t16`.`key`
            ORDER BY CAST(ROUND(ABS(`t16`.`x` - 0.5), 9) AS DOUBLE) DESC, `t16`.`step` ASC NULLS LAST
          ) - 1 AS `rank`,
          ROW_NUMBER() OVER (PARTITION BY `t16`.`key` ORDER BY `t16`.`step` DESC) - 1 AS `back`
        FROM (
          SELECT
            `t15`.`key`,
            `t15`.`step`,
            `t11`.`x`
          FROM (
            SELECT
              `t13`.`key`,
              `t13`.`touchpoint_id`,
              MAX(`t13`.`step`) AS `step`
            FROM (
              SELECT
                `t12`.`interaction_id`,
                `t12`.`journey_id`,
                `t12`.`customer_id`,
                `t12`.`touchpoint_id`,
                `t12`.`channel`,
                `t12`.`ts`,
                `t12`.`promised_ts`,
                `t12`.`wait_minutes`,
                `t12`.`success`,
                `t12`.`rows`,
                `t12`.`w1`,
                `t12`.`w`,
                `t12`.`key`,
                `t12`.`copies`,
                `t12`.`step`,
                `t12`.`steps`,
                `t12`.`next_touchpoint`,
                `t12`.`next_channel`,
                `t12`.`previous_channel`,
                `t12`.`minutes`
              FROM (
                SELECT
                  `t8`.`interaction_id`,
                  `t8`.`journey_id`,
                  `t8`.`customer_id`,
                  `t8`.`touchpoint_id`,
                  `t8`.`channel`,
                  `t8`.`ts`,
                  `t8`.`promised_ts`,
                  `t8`.`wait_minutes`,
                  `t8`.`success`,
                  `t8`.`rows`,
                  `t8`.`w1`,
                  `t8`.`w`,
                  `t8`.`key`,
                  `t8`.`copies`,
                  `t8`.`clock`,
                  (
                    ROW_NUMBER() OVER (
                      PARTITION BY `t8`.`key`
                      ORDER BY `t8`.`clock` ASC NULLS LAST, `t8`.`interaction_id` ASC NULLS LAST
                    ) - 1
                  ) + 1 AS `step`,
                  COUNT(*) OVER (
                    PARTITION BY `t8`.`key`
                    ORDER BY `t8`.`clock` ASC NULLS LAST, `t8`.`interaction_id` ASC NULLS LAST
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                  ) AS `steps`,
                  LEAD(`t8`.`touchpoint_id`, 1) OVER (
                    PARTITION BY `t8`.`key`
                    ORDER BY `t8`.`clock` ASC NULLS LAST, `t8`.`interaction_id` ASC NULLS LAST
                  ) AS `next_touchpoint`,
                  LEAD(`t8`.`channel`, 1) OVER (
                    PARTITION BY `t8`.`key`
                    ORDER BY `t8`.`clock` ASC NULLS LAST, `t8`.`interaction_id` ASC NULLS LAST
                  ) AS `next_channel`,
                  LAG(`t8`.`channel`, 1) OVER (
                    PARTITION BY `t8`.`key`
                    ORDER BY `t8`.`clock` ASC NULLS LAST, `t8`.`interaction_id` ASC NULLS LAST
                  ) AS `previous_channel`,
                  CAST(DATEDIFF(
                    MICROSECOND,
                    `t8`.`ts`,
                    LEAD(`t8`.`ts`, 1) OVER (
                      PARTITION BY `t8`.`key`
                      ORDER BY `t8`.`clock` ASC NULLS LAST, `t8`.`interaction_id` ASC NULLS LAST
                    )
                  ) AS DOUBLE) / 60000000.0 AS `minutes`
                FROM (
                  SELECT
                    `t2`.`interaction_id`,
                    `t2`.`journey_id`,
                    `t2`.`customer_id`,
                    `t2`.`touchpoint_id`,
                    `t2`.`channel`,
                    `t2`.`ts`,
                    `t2`.`promised_ts`,
                    `t2`.`wait_minutes`,
                    `t2`.`success`,
                    COALESCE(1.0, 1.0) AS `rows`,
                    COALESCE(1.0, 0.0) AS `w1`,
                    COALESCE(1.0, 1.0) * COALESCE(1.0, 0.0) AS `w`,
                    `t2`.`journey_id` AS `key`,
                    1.0 AS `copies`,
                    `t2`.`ts` AS `clock`
                  FROM `interactions` AS `t2`
                  WHERE
                    `t2`.`journey_id` IS NOT NULL AND `t2`.`ts` IS NOT NULL
                ) AS `t8`
              ) AS `t12`
            ) AS `t13`
            GROUP BY
              1,
              2
          ) AS `t15`
          INNER JOIN (
            SELECT
              `t9`.`journey_id` AS `journey`,
              `t9`.`touchpoint_id` AS `touchpoint`,
              AVG(`t9`.`x`) AS `x`
            FROM (
              SELECT
                `t1`.`journey_id`,
                `t1`.`touchpoint_id`,
                `t1`.`ts`,
                `t1`.`metric`,
                `t1`.`score`,
                `t1`.`scale_lo`,
                `t1`.`scale_hi`,
                `t1`.`status`,
                (
                  `t1`.`score` - `t1`.`scale_lo`
                ) / (
                  `t1`.`scale_hi` - `t1`.`scale_lo`
                ) AS `x`
              FROM `feedback` AS `t1`
              WHERE
                `t1`.`touchpoint_id` IS NOT NULL
                AND `t1`.`metric` = 'csat'
                AND `t1`.`status` = 'answered'
                AND (
                  `t1`.`score` IS NOT NULL AND NOT ISNAN(`t1`.`score`)
                )
                AND `t1`.`journey_id` IS NOT NULL
            ) AS `t9`
            GROUP BY
              1,
              2
          ) AS `t11`
            ON `t15`.`key` = `t11`.`journey` AND `t15`.`touchpoint_id` = `t11`.`touchpoint`
        ) AS `t16`
      ) AS `t19`
      GROUP BY
        1
    ) AS `t24`
      ON `t29`.`key` = `t24`.`journey`
  ) AS `t30`
) AS `t31`
