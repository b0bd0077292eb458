"""Fine-tune an encoder on labelled reviews and save it to the BentoML model store.

`sentiment.training` does the work; this file reads the command line and prints the result.
"""

import argparse
import sys

from sentiment import cli  # all else is imported inside its border, which knows Ctrl-C

EXAMPLES = """\
  python train.py                          the recipe that fits this machine
  python train.py --recipe quick           packaged data and encoder, minutes on two cores
  python train.py --recipe full --resume   all packaged reviews; goes on after Ctrl-C
  python train.py --data tickets.csv --text-column body --label-column team
  accelerate launch --multi_gpu --num_processes 2 train.py --recipe full
"""


def main(arguments: list[str] | None = None) -> None:
    """Train with the settings on the command line and print the tag last."""
    from sentiment.settings import RECIPES, TrainingSettings

    given = vars(_parser().parse_args(arguments))
    recipe, resume = given.pop("recipe"), given.pop("resume")
    why = "asked for"
    if recipe is None:
        from sentiment.training.recipe import choose_recipe

        recipe, why = choose_recipe(given)
    settings = TrainingSettings.parse({**RECIPES[recipe], **given})
    from sentiment.training.pipeline import train

    tag = train(settings, recipe, resume, why)
    if tag:  # empty on all processes but the first
        print(tag)


def _parser() -> argparse.ArgumentParser:
    from sentiment.settings import RECIPES, TrainingSettings, add_flags

    parser = cli.parser(__doc__.splitlines()[0], EXAMPLES + _recipes())
    parser.add_argument(
        "--recipe",
        choices=RECIPES,
        help="settings to start from; each flag below overrides its own "
        "(default: distilbert if the hub or its cache has it, else quick)",
    )
    parser.add_argument("--resume", action="store_true", help="go on from an interrupted run")
    add_flags(parser, TrainingSettings)
    return parser


def _recipes() -> str:
    from sentiment.settings import RECIPES

    lines = ["", "recipes (over the defaults above):"]
    for name, recipe in RECIPES.items():
        flags = (f"--{field.replace('_', '-')} {value}" for field, value in recipe.items())
        lines.append(f"  {name:<11}{' '.join(flags)}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(cli.run(main))
