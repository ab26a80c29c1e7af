/** A label of a class, of the type that it has in the model's file. */
export type Label = string | number | boolean;

/** A value of a row. `null`, `undefined` and NaN are missing. */
export type Cell = number | bigint | string | boolean | null | undefined;

/** Rows: numbers row by row in a typed array, or an array of rows, each an array or an object by feature. */
export type Rows =
  | Float64Array
  | Float32Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | ReadonlyArray<Row>;

export type Row = ReadonlyArray<Cell> | Float64Array | Float32Array | Readonly<Record<string, Cell>>;

export interface Feature {
  readonly name: string;
  /** What the column holds: `"number"`, `"ignored"`, or texts. */
  readonly kind: "number" | "text" | "ignored" | { readonly category: { readonly texts: string[]; readonly accepts_unknown: boolean } };
  readonly unit: string | null;
  readonly statistics: { readonly min: number; readonly max: number; readonly mean: number; readonly std: number } | null;
  readonly accepts_missing: boolean;
}

export interface Schema {
  readonly name: string | null;
  readonly version: string | null;
  readonly description: string | null;
  readonly features: Feature[];
  readonly task:
    | { readonly kind: "classify"; readonly labels: Label[]; readonly has_probabilities: boolean }
    | { readonly kind: "regress"; readonly n_targets: number };
  readonly dtype: "FP32" | "FP64";
  readonly notes?: string[];
}

/** The answer to one row: a class, with its probability where the model has such, or a regressor's value. */
export type Prediction =
  | { readonly label: Label; readonly classIndex: number; readonly probability: number | null; readonly value?: never }
  | { readonly value: number | number[]; readonly label?: never; readonly classIndex?: never; readonly probability?: never };

/** The bytes of a model's file, or what a fetch for it gives. */
export type Source = ArrayBuffer | ArrayBufferView | Response | Blob;

/** Why a model was not read, or rows were not answered. */
export class PredictorError extends Error {
  /** What kind of mistake it is, such as `"InputNotFinite"` or `"UnsupportedModel"`. */
  readonly kind: string;
  /** The kind's class: `"invalid_input"`, `"invalid_model"`, `"too_large"` or `"internal"`. */
  readonly class: string;
  /** The zero-based row at fault, where one is. */
  readonly row: number | null;
  /** The name of the feature at fault, where one is. */
  readonly feature: string | null;
  /** The operator or class of a file at which reading stopped, where one is. */
  readonly operator: string | null;
}

/** A trained classifier or regressor, ready to answer. Each has an instance of the module, and with it memory, of its own. */
export class Predictor {
  private constructor();
  /**
   * A model from the bytes of its file: whatever the core reads. `maxNumbers` limits how many numbers it may be made of.
   * Rejects with a `PredictorError` of class `"invalid_model"`.
   */
  static load(source: Source | Promise<Source>, options?: { maxNumbers?: number }): Promise<Predictor>;
  /** The Iris model that is built in. */
  static iris(): Promise<Predictor>;

  readonly schema: Schema;
  readonly contract: string;
  readonly name: string | null;
  readonly version: string | null;
  readonly features: Feature[];
  readonly isClassifier: boolean;
  /** The labels, in the order of the columns of `predictProba`; `null` of a regressor. */
  readonly classes: Label[] | null;
  readonly hasProbabilities: boolean;
  /** Scores a row; 0 where there are none. */
  readonly nScores: number;
  /** Values a row of a regressor. */
  readonly nTargets: number;
  /** Numbers a row of `predictContributions`; 0 where there are none. */
  readonly nContributions: number;

  /** The label of every row; a regressor's values, `nTargets` a row. */
  predict(rows: Rows): Label[] | Float64Array;
  /** The index in `classes` of every row's class. */
  predictClasses(rows: Rows): Uint32Array;
  /** The probability of every class, row by row. */
  predictProba(rows: Rows): Float64Array;
  /** The scores that the class is taken from, `nScores` a row. */
  decisionFunction(rows: Rows): Float64Array;
  /** What each feature contributes to each output, and last what is expected of a row of which nothing is known. */
  predictContributions(rows: Rows): Float64Array;
  /** One row. */
  predictOne(row: Row): Prediction;
}
