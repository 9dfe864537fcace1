"""The Streamlit dashboard; talks to the store only."""
