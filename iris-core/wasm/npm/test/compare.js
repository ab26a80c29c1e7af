// Answers of a module beside what a native run gave; runs wherever the package does.

const METHODS = {
  Classes: "predictClasses",
  Probabilities: "predictProba",
  Scores: "decisionFunction",
  Values: "predict",
};

// What these compute goes through exponentials, logarithms, powers or sines of the platform's C library, as it does where they
// were trained. Two such libraries may differ in the last digits, and a sum that nearly cancels shows it as some more steps.
const PLATFORMS = /power|box_cox|functiontransformer_sin|catboost\/(lossguide|one_vs_all)|gradientboosting|adaboost|svc|bernoullirbm|skewedchi2|calibrated/;
const STEPS = 256;

/** What differs where it should not, or by more than it may; a line for each. */
export function wrong(found) {
  return found
    .flatMap(({ different }) => different)
    .filter(({ file, ulps }) => !(Number.isFinite(ulps) && ulps <= STEPS && PLATFORMS.test(file)))
    .map(({ file, asked, row, ulps }) => `${file}: ${asked} of row ${row} is ${ulps} steps away`);
}

/** How many rows' answers are the same, and which are not. */
export async function compared(Predictor, model, { file, rows, answers, refused }) {
  let predictor;
  try {
    predictor = await Predictor.load(model);
  } catch (error) {
    if (refused === error.message) return { same: 1, different: [] };
    throw error;
  }
  if (refused) throw new Error(`${file} was read, where natively it is refused: ${refused}`);
  const different = [];
  let same = 0;
  for (const [asked, expected] of Object.entries(answers)) {
    for (const [row, values] of rows.entries()) {
      const ulps = distance(answer(predictor, asked, values), expected[row]);
      if (ulps === 0) same += 1;
      else different.push({ file, asked, row, ulps });
    }
  }
  return { same, different };
}

function answer(predictor, asked, row) {
  try {
    const answered = predictor[METHODS[asked]]([row]);
    return asked === "Classes" ? Array.from(answered) : Array.from(bitsOf(answered), hex);
  } catch (error) {
    if (error.name !== "PredictorError") throw error;
    return error.kind === "UnknownCategory" || error.message.startsWith("row 0: ") ? { kind: error.kind, message: error.message } : error.message;
  }
}

/** Steps from one number to the other; infinite where one is an error or another class. */
function distance(found, expected) {
  if (!Array.isArray(found)) return expected === found || expected === found.kind || expected === found.message ? 0 : Infinity;
  if (!Array.isArray(expected) || found.length !== expected.length) return Infinity;
  let furthest = 0;
  found.forEach((value, index) => {
    if (value === expected[index]) return;
    if (typeof value === "number") furthest = Infinity;
    else furthest = Math.max(furthest, Number(abs(ordered(value) - ordered(expected[index]))));
  });
  return furthest;
}

function bitsOf(numbers) {
  return new BigUint64Array(numbers.buffer, numbers.byteOffset, numbers.length);
}

function hex(bits) {
  return bits.toString(16).padStart(16, "0");
}

function ordered(bits) {
  const signed = BigInt.asIntN(64, BigInt(`0x${bits}`));
  return signed < 0n ? -(signed & 0x7fffffffffffffffn) : signed;
}

function abs(value) {
  return value < 0n ? -value : value;
}
