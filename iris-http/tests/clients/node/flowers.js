// Both gRPC services by @grpc/grpc-js, from the proto files: prints what they answer.
const [protos, address] = process.argv.slice(2);
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");

const load = (file) =>
  grpc.loadPackageDefinition(loader.loadSync(`${protos}/${file}`, { keepCase: true, includeDirs: [protos] }));
const connect = (Service) => new Service(address, grpc.credentials.createInsecure());
const ask = (client, method, request) =>
  new Promise((resolve, reject) =>
    client[method](request, (error, answer) => (error ? reject(error) : resolve(answer))),
  );

const flower = { sepal_length: 6.8, sepal_width: 2.8, petal_length: 4.8, petal_width: 1.4 };

async function main() {
  const predictor = connect(load("iris/v1/predictor.proto").iris.v1.Predictor);
  const one = await ask(predictor, "Predict", flower);

  const stream = predictor.PredictStream();
  const streamed = [];
  const ended = new Promise((resolve, reject) => stream.on("end", resolve).on("error", reject));
  stream.on("data", (answer) => streamed.push(answer.species));
  for (let index = 0; index < 3; index += 1) stream.write(flower);
  stream.end();
  await ended;

  const refusal = await ask(predictor, "Predict", { sepal_length: 1 }).catch((error) => error);

  const inference = connect(load("inference.proto").inference.GRPCInferenceService);
  const input = { name: "x", datatype: "FP64", shape: [1, 4], contents: { fp64_contents: Object.values(flower) } };
  const answer = await ask(inference, "ModelInfer", { model_name: "iris", inputs: [input] });

  const label = answer.outputs[0].contents.bytes_contents[0].toString();
  console.log(JSON.stringify({ one: one.species, streamed, refused: refusal.code, label }));
  predictor.close();
  inference.close();
}

main();
