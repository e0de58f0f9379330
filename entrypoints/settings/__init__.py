"""Every setting, read once, from the environment and from `dialtrail.env` in the current folder."""

from entrypoints.settings.loading import NO_SETTING, child_environment, described, load_settings
from entrypoints.settings.model import LONGER, SECRETS, UP_SANDBOX, VARIABLES, Settings, form_of
from entrypoints.settings.values import AccessToken
from entrypoints.settings_file import SETTINGS_FILE
