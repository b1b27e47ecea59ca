-- People who are repaid through a vendor, contractors or not. Grain: person. Key: user_id_harvest. Rules 39, 44.
SELECT DISTINCT CAST(found_id AS BIGINT) AS user_id_harvest  -- The person in Harvest
FROM policy.references
WHERE setting = '[contacts] reimbursable' AND found_id IS NOT NULL
