from proof.run import main

raise SystemExit(main())
