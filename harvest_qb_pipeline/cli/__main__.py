"""`python -m harvest_qb_pipeline.cli` is `harvest-qb`."""

from harvest_qb_pipeline.cli.main import main

main()
