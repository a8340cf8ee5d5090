//! Who may fetch which media: grants in memory, checked per request.
