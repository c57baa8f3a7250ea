"""Tests of bills of materials, audits and archives."""
