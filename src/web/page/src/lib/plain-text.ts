// Output of guests as plain text for text nodes. Terminal sequences have no meaning there, and would clutter it.

// Operating system commands, device control strings and the like, which end with BEL or ST.
const strings = /\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?/g;
const sequences = /\u001b\[[0-?]*[ -/]*[@-~]|\u001b[ -/]*[0-~]/g;
// Bidirectional overrides can show a text in another order than it has.
const hidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** Without terminal sequences, control characters and bidirectional overrides. */
export function plain(text: string): string {
  return text.replace(strings, "").replace(sequences, "").replace(/\r\n?/g, "\n").replace(hidden, "\ufffd");
}
