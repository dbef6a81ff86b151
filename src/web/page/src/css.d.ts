declare module "*.css" {
  /** The text of the file, if it is imported with `{ type: "text" }`. */
  const text: string;
  export default text;
}
