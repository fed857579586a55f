"""How well one image lies on another: keypoints, registration, evidence, the verified score."""
