-- The contact of each client whose e-mail and phones its customer gets: the first that has an address, else the first.
-- Grain: client that has a contact. Key: client_id_harvest.
WITH ranked AS (
    SELECT *, row_number() OVER (PARTITION BY client_id_harvest ORDER BY coalesce(email, '') = '', contact_id_harvest) AS place
    FROM harvest.contacts
)
SELECT
    client_id_harvest,  -- The client in Harvest
    contact_id_harvest,  -- The contact in Harvest
    first_name,  -- First name
    last_name,  -- Last name
    email,  -- E-mail address as Harvest has it
    -- QuickBooks refuses anything else (its fault 2210), up to 100 characters.
    regexp_full_match(trim(email), '[^\s@,;<>"]+@[^\s@,;<>"]+\.[^\s@,;<>".]+') AND length(trim(email)) <= 100 AS is_usable_email,  -- Whether QuickBooks would take the address
    phone_office,  -- Office phone
    phone_mobile  -- Mobile phone
FROM ranked WHERE place = 1
