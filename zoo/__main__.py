"""The `zoo` command, also as `python -m zoo`."""

import sys


def main() -> None:
    """Run the command line; an interrupt while its modules are still on their way in is one line as well."""
    try:
        from zoo.cli import main as command
        from zoo.documents.parent import end_with_parent

        end_with_parent()
        command()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
