"""What scans are measured on: secrets planted in files (corpus) and personal data in sentences (texts).

Both were written before any rule or detector of ours existed, and neither was made to fit one.
"""
