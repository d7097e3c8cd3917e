/** The two languages of the product; Vietnamese first. */
export type Language = "vi" | "en";

/** The locale whose number and list formats go with a language. */
export const locales: Record<Language, string> = { vi: "vi-VN", en: "en-GB" };
