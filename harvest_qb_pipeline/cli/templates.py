"""The files that a person starts from: a policy with every setting explained, an example of `.env`, Dagster's two.

In a clone they stand at its top level; the wheel carries copies of those, made when it is built. Belongs here: finding
them, and writing those that a person is to change where commands look for them. Must not be here: what they say.
"""

from pathlib import Path

from harvest_qb_pipeline.settings import ConfigurationError, Settings

_PACKAGE = Path(__file__).resolve().parents[1]
IS_CLONE = not (_PACKAGE / "templates").is_dir()
TEMPLATES = _PACKAGE.parent if IS_CLONE else _PACKAGE / "templates"
"""The folder that holds the templates, in a clone and in an installed package alike."""


def write_first_files(settings: Settings) -> list[Path]:
    """Write `policy.toml` and `.env.example` into the working directory, and return what was written.

    Nothing is done where there is a policy, and no file is written over. The template is the sandbox company's policy,
    which nobody has chosen for their own books: with real accounts it is written as `policy.example.toml`, and
    `ConfigurationError` asks for a policy. A policy that `HARVEST_QB_POLICY` names is never made up.
    """
    written: list[Path] = []
    if settings.harvest_qb_policy.exists() or "harvest_qb_policy" in settings.given:
        return written
    if not settings.is_sandbox:
        example = settings.harvest_qb_policy.with_suffix(".example.toml").absolute()
        _write("policy.toml", example)
        raise ConfigurationError(
            f"There is no {settings.harvest_qb_policy} yet, and the rules of your books must not be guessed. {example} "
            "explains every setting: make it yours without its [posting] section, and save it as "
            f"{settings.harvest_qb_policy.absolute()}. Or point HARVEST_QB_POLICY at yours."
        )
    for name, target in (("policy.toml", settings.harvest_qb_policy), (".env.example", Path(".env.example"))):
        if _write(name, target.absolute()):
            written.append(target.absolute())
    return written


def _write(name: str, target: Path) -> bool:
    """Whether the template was written; a file that exists, or appears meanwhile, stays."""
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write((TEMPLATES / name).read_text(encoding="utf-8"))
    except FileExistsError:
        return False
    except OSError as error:
        raise ConfigurationError(f"{target} cannot be written: {error.strerror}. Work in a folder of yours.") from None
    return True
