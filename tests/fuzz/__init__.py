"""What reads files from outside, fed with broken ones by `scripts/fuzz`: an answer, a WisenError, or a finding."""
