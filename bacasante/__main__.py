from bacasante.cli import main

main()
