/** A text without marks, so that "cao lanh" finds "Cao Lãnh" and "Hoà" finds "Hòa". */
export function fold(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{M}+/gu, "")
    .replace(/[đĐ]/g, "d")
    .toLowerCase();
}
