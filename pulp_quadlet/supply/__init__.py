"""What images are made of and how they travel: bills of materials, audits of them, and archives."""
