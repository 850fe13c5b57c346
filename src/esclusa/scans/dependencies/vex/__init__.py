"""VEX: what somebody says of a vulnerability in a product, so that a package which has it need not count.

OpenVEX (https://github.com/openvex/spec), CycloneDX (https://cyclonedx.org/docs/1.6/json/, `vulnerabilities`)
and CSAF 2.0 (profile VEX). Only what is said not to be affected, with a reason, or to be fixed, is set apart.
"""
