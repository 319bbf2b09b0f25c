// What the host answers when it did not do what was asked.

/** The host did not do it. `code` is the word of the WIT package (`gone`, `denied`...), `text` what it says to people. */
export class UcxError extends Error {
  constructor(code, text = "", retryAfter = null) {
    super(text ? `${code}: ${text}` : code);
    this.name = "UcxError";
    this.code = code;
    this.text = text;
    this.retryAfter = retryAfter;
  }
}

/** A value does not fit the WIT type. Found before the call; the message says where, and what was expected. */
export class InvalidValue extends TypeError {
  constructor(message) {
    super(message);
    this.name = "InvalidValue";
  }
}

/** Nobody took the call that was dialled. */
export class NotAnswered extends Error {
  constructor(result) {
    super(`not answered: ${result.status}`);
    this.name = "NotAnswered";
    this.status = result.status;
    this.result = result;
  }
}

// The standard interfaces have cases of their own.
const STANDARD = { "no-such-store": "not-found", "access-denied": "denied", upstream: "unavailable", io: "unavailable" };

/** The error for what a host function threw. */
export function fromHost(thrown) {
  const value = thrown?.payload;
  if (value === undefined || value === null) return thrown;
  if (typeof value === "string") return new UcxError("other", value);
  const { tag, val } = value;
  if (tag === "quota") return new UcxError("quota", "", val ?? null);
  if (tag === "other" && typeof val === "object") return new UcxError(val.code, val.message, val.retryAfter ?? null);
  return new UcxError(STANDARD[tag] ?? tag, val ?? "");
}
