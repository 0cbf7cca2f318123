"""What a case costs, measured side by side with a floor in one run: ratios travel, absolute figures do not."""
