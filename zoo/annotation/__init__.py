"""Joints and regions of photographs that come without: who is in them is seen by nets of the catalogue."""
