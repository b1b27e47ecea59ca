-- Contractors, and people who are repaid, that QuickBooks does not have as vendors: proposed where the policy says so. Never employees.
-- Grain: person. Key: user_id_harvest. Rules 44, 48.
SELECT
    m.user_id_harvest,  -- The person in Harvest
    m.user_name,  -- Their name
    u.first_name,  -- First name
    u.last_name,  -- Last name
    m.email,  -- E-mail address
    m.hold_code,  -- Why it waits; empty when it does not
    m.sentence  -- The same for a bookkeeper
FROM contacts.person_matches AS m
JOIN harvest.users AS u USING (user_id_harvest)
CROSS JOIN policy.context AS x
WHERE m.party_type = 'vendor' AND m.matched_by = 'planned' AND m.is_user_active AND x.new_vendors = 'contractors'
