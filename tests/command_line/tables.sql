-- Behaviour tables counted from the settled history by DuckDB, by the formulas in the README, with the settings'
-- defaults. Run in the folder that `tastemaker tables` wrote; what it makes goes to the folder `given`, for
-- `tastemaker reindex --tables given`.

CREATE VIEW met AS SELECT * FROM 'interactions.parquet';
CREATE VIEW products AS SELECT * FROM 'products.parquet';
CREATE VIEW categories AS SELECT * FROM 'categories.parquet';
CREATE VIEW kinds AS SELECT * FROM 'kinds.parquet';

-- popularity: ln(1 + sum of worth * 0.5 ^ (age / 30 days)); of all that one person does with a product on one day
-- only the worthiest counts, and the views and carts of one person count at most as one addition to the cart.
COPY (
    WITH worth AS (
        SELECT product, shopper, meeting, time_ms // 86400000 AS day,
               CASE meeting WHEN 'view' THEN 1 WHEN 'add_to_cart' THEN 3 ELSE 5 END
               * CASE WHEN time_ms IS NULL THEN 1
                      ELSE pow(0.5, greatest(epoch_ms(now()) - time_ms, 0) / 86400000.0 / 30) END AS worth
        FROM met
    ), days AS (
        SELECT product, shopper, max(worth) AS worth, arg_max(meeting, worth) = 'purchase' AS bought
        FROM worth GROUP BY product, shopper, day
    ), people AS (
        SELECT product, least(coalesce(sum(worth) FILTER (NOT bought), 0), 3)
                        + coalesce(sum(worth) FILTER (bought), 0) AS worth
        FROM days GROUP BY product, shopper
    ), scored AS (
        SELECT product, ln(1 + sum(worth)) AS score FROM people GROUP BY product
    )
    SELECT product,
           count(*) FILTER (meeting = 'view') AS views,
           count(*) FILTER (meeting = 'add_to_cart') AS carts,
           count(*) FILTER (meeting = 'purchase') AS purchases,
           any_value(score) AS score
    FROM met JOIN scored USING (product) GROUP BY product
) TO 'given/popularity.parquet';

-- successors: of the steps from a product within a visit, the share that went to another.
COPY (
    WITH steps AS (
        SELECT product, lead(product) OVER (PARTITION BY visit ORDER BY position) AS other FROM met
    )
    SELECT product, other, count(*) / sum(count(*)) OVER (PARTITION BY product) AS score
    FROM steps WHERE other IS NOT NULL GROUP BY product, other
) TO 'given/successors.parquet';

-- Steps: what was met several times in a row is one step, worth the most it was; the latest 50 of a sequence
-- count, and one step alone says nothing. A sequence is a shopper's history or purchases, or the views of a visit.
CREATE VIEW worth AS
SELECT *, CASE meeting WHEN 'view' THEN 0.5 WHEN 'add_to_cart' THEN 0.8 ELSE 1.0 END AS worth FROM met;

CREATE TABLE steps AS
WITH told AS (
    SELECT 'next' AS name, shopper AS sequence, position, product, worth FROM worth
    UNION ALL
    SELECT 'co_viewed', visit, position, product, worth FROM worth WHERE meeting = 'view'
    UNION ALL
    SELECT 'also_bought', shopper, position, product, worth FROM worth WHERE meeting = 'purchase'
), turned AS (
    SELECT *, product IS DISTINCT FROM lag(product) OVER (PARTITION BY name, sequence ORDER BY position) AS turn
    FROM told
), numbered AS (
    SELECT *, count(*) FILTER (turn) OVER (PARTITION BY name, sequence ORDER BY position) AS step FROM turned
), merged AS (
    SELECT name, sequence, step, any_value(product) AS product, max(worth) AS worth
    FROM numbered GROUP BY name, sequence, step
), latest AS (
    SELECT *, max(step) OVER (PARTITION BY name, sequence) AS last FROM merged
)
SELECT name, sequence, step, product, worth FROM latest WHERE last > 1 AND step > last - 50;

-- next, co_viewed and also_bought: worth of the partner / sqrt(steps between), a share of it backwards, over
-- (n_i + 4) ^ source * (n_j + 4) ^ target with n the summed worth of all steps of a product.
CREATE TABLE weights AS
SELECT * FROM (VALUES ('next', 0.3, 0.4, 0.1), ('co_viewed', 0.3, 0.4, 0.1), ('also_bought', 1.0, 0.5, 0.2))
    AS given(name, backward, source, target);

CREATE TABLE neighbours AS
WITH n AS (
    SELECT name, product, sum(worth) + 4 AS n FROM steps GROUP BY name, product
), around AS (
    SELECT one.name, one.product, two.product AS other,
           sum(two.worth / sqrt(abs(two.step - one.step)) * CASE WHEN two.step > one.step THEN 1 ELSE backward END) AS sum
    FROM steps one JOIN steps two USING (name, sequence) JOIN weights USING (name)
    WHERE one.product <> two.product AND abs(two.step - one.step) BETWEEN 1 AND 20
    GROUP BY one.name, one.product, two.product
), scored AS (
    SELECT around.name, around.product, other, sum / (pow(i.n, source) * pow(j.n, target)) AS score
    FROM around JOIN weights USING (name)
                JOIN n i ON i.name = around.name AND i.product = around.product
                JOIN n j ON j.name = around.name AND j.product = other
)
SELECT * FROM scored;

CREATE MACRO best(table_name) AS TABLE
SELECT product, other, score FROM neighbours WHERE name = table_name
QUALIFY row_number() OVER (PARTITION BY product ORDER BY score DESC) <= 100;

COPY (FROM best('next')) TO 'given/next.parquet';
COPY (FROM best('co_viewed')) TO 'given/co_viewed.parquet';

-- Baskets of purchases and visits of views: different products each, the first hundred of them.
CREATE TABLE lists AS
WITH first AS (
    SELECT meeting, basket, product, min((shopper, position)) AS place
    FROM met WHERE meeting IN ('view', 'purchase') GROUP BY meeting, basket, product
)
SELECT meeting, basket, product FROM first
QUALIFY row_number() OVER (PARTITION BY meeting, basket ORDER BY place) <= 100;

CREATE TABLE pairs AS
WITH alone AS (
    SELECT meeting, product, count(*) AS n FROM lists GROUP BY meeting, product
), joint AS (
    SELECT one.meeting, one.product, two.product AS other, count(*) AS together
    FROM lists one JOIN lists two USING (meeting, basket) WHERE one.product <> two.product
    GROUP BY one.meeting, one.product, two.product
)
SELECT joint.*, i.n AS first, j.n AS second, together / sqrt(i.n * j.n) AS closeness
FROM joint JOIN alone i ON i.meeting = joint.meeting AND i.product = joint.product
          JOIN alone j ON j.meeting = joint.meeting AND j.product = other;

-- Categories of which at least 3 of 10 baskets (or of what a shopper bought) with any hold several products that
-- are no variants; ten with one are added to each. Two products of another category are substitutes.
CREATE TABLE several AS
WITH told AS (
    SELECT 'baskets' AS name, basket AS list, product FROM lists WHERE meeting = 'purchase'
    UNION ALL
    SELECT 'shoppers', sequence, product FROM steps WHERE name = 'also_bought'
), held AS (
    SELECT name, category, list, count(DISTINCT variants) AS different
    FROM told JOIN products USING (product) JOIN categories USING (product)
    GROUP BY name, category, list
)
SELECT name, category FROM held GROUP BY name, category HAVING count(*) FILTER (different > 1) >= 0.3 * (count(*) + 10);

CREATE TABLE substitutes AS
SELECT DISTINCT name, one.product, two.product AS other
FROM categories one JOIN categories two USING (category) CROSS JOIN (VALUES ('baskets'), ('shoppers')) AS by_list(name)
WHERE (name, category) NOT IN (SELECT (name, category) FROM several);

-- Titles that name two kinds.
CREATE TABLE other_kinds AS
SELECT one.product, two.product AS other
FROM (SELECT product, list(kind) AS kinds FROM kinds GROUP BY product) one
JOIN (SELECT product, list(kind) AS kinds FROM kinds GROUP BY product) two ON NOT list_has_any(one.kinds, two.kinds);

COPY (
    SELECT neighbours.product, neighbours.other, score FROM neighbours
    JOIN products i ON i.product = neighbours.product
    JOIN products j ON j.product = neighbours.other
    WHERE name = 'also_bought' AND i.variants <> j.variants
      AND (neighbours.product, neighbours.other) NOT IN (SELECT (product, other) FROM substitutes WHERE name = 'shoppers')
    QUALIFY row_number() OVER (PARTITION BY neighbours.product ORDER BY score DESC) <= 100
) TO 'given/also_bought.parquet';

-- complements: G2 of the pair over all baskets above 10.8, at least 2 baskets, no variants, no substitutes, not
-- closer in visits than in baskets; ranked by G2 * sqrt((together + 1) / (expected + 1)). That a category fills
-- two places of a row at most, and a row has 20, is seen to by `reindex`.
CREATE MACRO part(k, r, c, n) AS CASE WHEN k > 0 THEN k * ln(k * n::DOUBLE / (r::DOUBLE * c)) ELSE 0 END;
CREATE MACRO signed_g2(together, first, second, total) AS
    (CASE WHEN together < first::DOUBLE * second / total THEN -2 ELSE 2 END) * greatest(0,
        part(together, first, second, total)
        + part(first - together, first, total - second, total)
        + part(second - together, total - first, second, total)
        + part(total - first - second + together, total - first, total - second, total));

COPY (
    WITH all_of AS (
        SELECT count(DISTINCT basket) AS total FROM lists WHERE meeting = 'purchase'
    ), bought AS (
        SELECT *, first::DOUBLE * second / total AS expected FROM pairs, all_of WHERE meeting = 'purchase'
    ), told AS (
        SELECT *, signed_g2(together, first, second, total) AS llr FROM bought
    )
    SELECT told.product, told.other, llr * sqrt((told.together + 1) / (expected + 1)) AS score,
           told.together, told.together / expected AS lift, llr
    FROM told
    JOIN products i ON i.product = told.product
    JOIN products j ON j.product = told.other
    LEFT JOIN pairs seen ON seen.meeting = 'view' AND seen.product = told.product AND seen.other = told.other
    WHERE llr > 10.8 AND told.together >= 2 AND i.variants <> j.variants
      AND ((told.product, told.other) NOT IN (SELECT (product, other) FROM substitutes WHERE name = 'baskets')
           OR (told.product, told.other) IN (SELECT (product, other) FROM other_kinds))
      AND (seen.together IS NULL OR seen.together < 3 OR seen.closeness <= told.closeness)
) TO 'given/complements.parquet';

-- viewed_then_bought: a shopper's way ends at a pause of a day (without times, with the session); up to its last
-- purchase, the first hundred products looked at and the first hundred bought. The share of the ways in which a
-- product was looked at that bought another, with 20 ways of the average added; pairs above chance only.
CREATE TABLE ways AS
WITH begun AS (
    SELECT *, coalesce(CASE WHEN time_ms IS NOT NULL AND lag(time_ms) OVER own IS NOT NULL
                            THEN time_ms - lag(time_ms) OVER own > 86400000
                            ELSE session IS DISTINCT FROM lag(session) OVER own END, false)
              OR lag(position) OVER own IS NULL AS begins
    FROM met WINDOW own AS (PARTITION BY shopper ORDER BY position)
), numbered AS (
    SELECT *, count(*) FILTER (begins) OVER (PARTITION BY shopper ORDER BY position) AS way FROM begun
), ended AS (
    SELECT *, max(position) FILTER (meeting = 'purchase') OVER (PARTITION BY shopper, way) AS last FROM numbered
), distinct_of AS (
    SELECT shopper, way, meeting = 'purchase' AS bought, product, min(position) AS place
    FROM ended WHERE position <= last GROUP BY ALL
), first_of AS (
    SELECT shopper, way, bought, product FROM distinct_of
    QUALIFY row_number() OVER (PARTITION BY shopper, way, bought ORDER BY place) <= 100
)
SELECT * FROM first_of QUALIFY bool_or(NOT bought) OVER (PARTITION BY shopper, way);

COPY (
    WITH all_of AS (
        SELECT count(DISTINCT (shopper, way)) AS total FROM ways
    ), alone AS (
        SELECT bought, product, count(*) AS n FROM ways GROUP BY bought, product
    ), joint AS (
        SELECT one.product, two.product AS other, count(*) AS together
        FROM ways one JOIN ways two USING (shopper, way) WHERE NOT one.bought AND two.bought
        GROUP BY one.product, two.product
    ), told AS (
        SELECT joint.*, i.n AS first, j.n AS second, total, signed_g2(together, i.n, j.n, total) AS llr
        FROM joint JOIN alone i ON NOT i.bought AND i.product = joint.product
                   JOIN alone j ON j.bought AND j.product = other, all_of
    )
    SELECT told.product, told.other, (together + 20.0 * second / total) / (first + 20) AS score,
           together, together * total::DOUBLE / (first * second) AS lift, llr
    FROM told
    JOIN products i ON i.product = told.product
    JOIN products j ON j.product = told.other
    WHERE together >= 2 AND llr > 3.84 AND i.variants <> j.variants
    QUALIFY row_number() OVER (PARTITION BY told.product ORDER BY score DESC) <= 20
) TO 'given/viewed_then_bought.parquet';
