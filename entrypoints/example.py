"""The example that `dialtrail init` writes and `dialtrail up --sandbox` offers: a campaign with a script, and its people."""

CAMPAIGN_FILE, RECIPIENTS_FILE = "campaign.toml", "recipients.csv"
OFFERED_ID = "example"
FROM_NUMBER, TRY_NUMBER = "+12025550100", "+12025550142"
CAMPAIGN = f"""\
# An example campaign. Create it with: dialtrail campaign create {CAMPAIGN_FILE}
id = "spring_followup"
from = "{FROM_NUMBER}"      # a number of yours, as MiniVoice has it

record = false             # true: MiniVoice records each call

[metadata]                 # goes with every call
season = "spring"

[limits]
calls_per_second = 1       # as MiniVoice allows you
calls_at_once = 10

# What a call says and asks. Hear it as a caller would: dialtrail script preview {CAMPAIGN_FILE} --var name=Ada
[script]
start = "greeting"

[script.defaults]          # for recipients whose column is empty
name = "there"

[script.steps.greeting]
actions = [{{say = "Hello {{name}}."}}]
next = "menu"

[script.steps.menu]
gather = {{prompt = "Press 1 to confirm, or 2 to talk to somebody."}}
on = {{1 = "confirmed", 2 = "agent"}}
no_input = "goodbye"       # nothing was pressed
invalid = "menu"           # something else was pressed
tries_max = 3

[script.steps.confirmed]
actions = [{{say = "Thank you."}}]
next = "goodbye"

[script.steps.agent]       # a number of yours, where somebody answers
transfer = {{destination = "+12025550101"}}

[script.steps.goodbye]
actions = [{{say = "Goodbye."}}]
end = true
"""
RECIPIENTS = f"""\
number,zone,name
{TRY_NUMBER},America/New_York,Ada
+12025550146,America/New_York,Grace
+12025550151,America/New_York,Katherine
+12025550153,America/New_York,Mary
"""
