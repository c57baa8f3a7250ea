"""The nouns: frozen values that can be printed, compared and put in a bug report. No secret is inside."""
