// The sign of Genlock: two bars locked to one frame.

/** The sign, 24 px. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden className={className}>
      <rect width="32" height="32" rx="8" className="fill-fill" />
      <path d="M9 9v14M23 9v14" stroke="#fff" strokeWidth="3" strokeLinecap="round" />
      <path d="M13.5 11.2v9.6l6-4.8z" fill="#fff" />
    </svg>
  );
}
