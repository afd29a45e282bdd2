-- Behaviour tables counted from the settled history by DuckDB, by the formulas in the README, with the settings'
-- defaults. Run in the folder that `tastemaker tables` wrote; what it makes goes to the folder `given`, for
-- `tastemaker reindex --tables given`.

CREATE VIEW met AS SELECT * FROM 'interactions.parquet';
CREATE VIEW products AS SELECT * FROM 'products.parquet';
CREATE VIEW categories AS SELECT * FROM 'categories.parquet';

-- popularity: ln(1 + sum of worth * 0.5 ^ (age / 30 days)).
COPY (
    SELECT product,
           count(*) FILTER (meeting = 'view') AS views,
           count(*) FILTER (meeting = 'add_to_cart') AS carts,
           count(*) FILTER (meeting = 'purchase') AS purchases,
           ln(1 + sum(CASE meeting WHEN 'view' THEN 1 WHEN 'add_to_cart' THEN 3 ELSE 5 END
                      * CASE WHEN time_ms IS NULL THEN 1
                             ELSE pow(0.5, greatest(epoch_ms(now()) - time_ms, 0) / 86400000.0 / 30) END)) AS score
    FROM met GROUP BY product
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
-- count, and one step alone says nothing. A sequence is a shopper's history, or the views of a visit.
CREATE VIEW worth AS
SELECT *, CASE meeting WHEN 'view' THEN 0.5 WHEN 'add_to_cart' THEN 0.8 ELSE 1.0 END AS worth FROM met;

CREATE TABLE steps AS
WITH told AS (
    SELECT 'next' AS name, shopper AS sequence, position, product, worth FROM worth
    UNION ALL
    SELECT 'co_viewed', visit, position, product, worth FROM worth WHERE meeting = 'view'
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

-- next and co_viewed: worth of the partner / sqrt(steps between), 0.3 of it backwards, over
-- (n_i + 4) ^ 0.4 * (n_j + 4) ^ 0.1 with n the summed worth of all steps of a product.
CREATE TABLE neighbours AS
WITH n AS (
    SELECT name, product, sum(worth) + 4 AS n FROM steps GROUP BY name, product
), around AS (
    SELECT one.name, one.product, two.product AS other,
           sum(two.worth / sqrt(abs(two.step - one.step)) * CASE WHEN two.step > one.step THEN 1 ELSE 0.3 END) AS sum
    FROM steps one JOIN steps two USING (name, sequence)
    WHERE one.product <> two.product AND abs(two.step - one.step) BETWEEN 1 AND 20
    GROUP BY one.name, one.product, two.product
), scored AS (
    SELECT around.name, around.product, other, sum / (pow(i.n, 0.4) * pow(j.n, 0.1)) AS score
    FROM around JOIN n i ON i.name = around.name AND i.product = around.product
                JOIN n j ON j.name = around.name AND j.product = other
)
SELECT * FROM scored QUALIFY row_number() OVER (PARTITION BY name, product ORDER BY score DESC) <= 100;

COPY (SELECT product, other, score FROM neighbours WHERE name = 'next') TO 'given/next.parquet';
COPY (SELECT product, other, score FROM neighbours WHERE name = 'co_viewed') TO 'given/co_viewed.parquet';

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

-- Categories of which at least 3 of 10 baskets with any hold several products that are no variants; ten baskets
-- with one are added to each.
CREATE TABLE several AS
WITH held AS (
    SELECT category, basket, count(DISTINCT variants) AS different
    FROM lists JOIN products USING (product) JOIN categories USING (product) WHERE meeting = 'purchase'
    GROUP BY category, basket
)
SELECT category FROM held GROUP BY category HAVING count(*) FILTER (different > 1) >= 0.3 * (count(*) + 10);

CREATE TABLE substitutes AS
SELECT DISTINCT one.product, two.product AS other
FROM categories one JOIN categories two USING (category) WHERE category NOT IN (FROM several);

-- complements: G2 of the pair over all baskets above 10.8, at least 2 baskets, no variants, no substitutes, not
-- closer in visits than in baskets; ranked by G2 * sqrt((together + 1) / (expected + 1)). That a category fills
-- two places of a row at most, and a row has 20, is seen to by `reindex`.
CREATE MACRO part(k, r, c, n) AS CASE WHEN k > 0 THEN k * ln(k * n::DOUBLE / (r::DOUBLE * c)) ELSE 0 END;

COPY (
    WITH all_of AS (
        SELECT count(DISTINCT basket) AS total FROM lists WHERE meeting = 'purchase'
    ), bought AS (
        SELECT *, first::DOUBLE * second / total AS expected FROM pairs, all_of WHERE meeting = 'purchase'
    ), told AS (
        SELECT *, (CASE WHEN together < expected THEN -2 ELSE 2 END) * greatest(0,
                   part(together, first, second, total)
                   + part(first - together, first, total - second, total)
                   + part(second - together, total - first, second, total)
                   + part(total - first - second + together, total - first, total - second, total)) AS llr
        FROM bought
    )
    SELECT told.product, told.other, llr * sqrt((told.together + 1) / (expected + 1)) AS score,
           told.together, told.together / expected AS lift, llr
    FROM told
    JOIN products i ON i.product = told.product
    JOIN products j ON j.product = told.other
    LEFT JOIN pairs seen ON seen.meeting = 'view' AND seen.product = told.product AND seen.other = told.other
    WHERE llr > 10.8 AND told.together >= 2 AND i.variants <> j.variants
      AND (told.product, told.other) NOT IN (SELECT (product, other) FROM substitutes)
      AND (seen.together IS NULL OR seen.together < 3 OR seen.closeness <= told.closeness)
) TO 'given/complements.parquet';
