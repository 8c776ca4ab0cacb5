/** A row with its place in the file. */
export interface Placed<Row> {
  readonly row: Row;
  readonly path: string;
}
