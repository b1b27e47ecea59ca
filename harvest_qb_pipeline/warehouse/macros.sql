-- Names, numbers and days as people compare and read them: one way for all tables.

-- A name as it is compared: neither case nor blanks around it make another one.
CREATE OR REPLACE TEMP MACRO folded(name) AS lower(trim(name));

-- A record of QuickBooks or Harvest as a person finds it there: Acme Ltd (id 58).
CREATE OR REPLACE TEMP MACRO with_id(name, id) AS name || ' (id ' || id || ')';

-- A project with its code, as on invoices: [WEB] Website.
CREATE OR REPLACE TEMP MACRO coded_name(name, code) AS CASE WHEN coalesce(code, '') = '' THEN name ELSE '[' || code || '] ' || name END;

-- An amount in units of a currency with two places, or three where it needs them: 12.50.
CREATE OR REPLACE TEMP MACRO amount_text(amount) AS regexp_replace(amount::DECIMAL(18,3)::VARCHAR, '0$', '');

-- The same with its currency: 12.50 USD.
CREATE OR REPLACE TEMP MACRO money_text(amount, currency) AS amount_text(amount) || ' ' || currency;

-- Half up to the currency's minor unit (rule 7); an amount of a currency has no more places than that.
CREATE OR REPLACE TEMP MACRO to_minor_unit(amount, minor_digits) AS
    CASE minor_digits WHEN 0 THEN round(amount, 0) WHEN 3 THEN round(amount, 3) ELSE round(amount, 2) END;

-- Hours without zeros at their end: 11.5 h.
CREATE OR REPLACE TEMP MACRO hours_text(hours) AS rtrim(rtrim(hours::DECIMAL(18,2)::VARCHAR, '0'), '.') || ' h';

-- One entry, or several: 3 entries.
CREATE OR REPLACE TEMP MACRO entries_text(entries) AS entries || CASE WHEN entries = 1 THEN ' entry' ELSE ' entries' END;

-- A day: Oct 5, 2026.
CREATE OR REPLACE TEMP MACRO day_text(day) AS strftime(day, '%b %-d, %Y');
