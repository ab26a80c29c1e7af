//! What it costs to make rows of the protocol's tensors, and tensors of answers.
//!
//! A thousand flowers, as the bytes of each datatype; `thrpt` in rows a second.
//! `copy` only copies the bytes of FP64, and is what the memory allows.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use iris_benches::random_rows;
use iris_core::{Predictor, Texts};
use iris_serving::{Datatype, InputData, Model, Tensor};

const ROWS: i64 = 1_000;

fn rows_of_a_tensor(criterion: &mut Criterion) {
    let served = Model::new("iris", "1", Predictor::iris());
    let values: Vec<f64> = random_rows(1_000).into_iter().flatten().collect();
    let mut group = criterion.benchmark_group("rows");
    group.throughput(Throughput::Elements(1_000));
    let fp64: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    group.bench_function("copy", |bencher| bencher.iter(|| black_box(&fp64).clone()));
    let sizes =
        [Datatype::Fp64, Datatype::Fp32, Datatype::Fp16, Datatype::Int64, Datatype::Int32, Datatype::Uint8];
    for datatype in sizes {
        // Whatever the bits say: reading them costs the same.
        let bytes = &fp64[..4_000 * datatype.size().expect("a numeric datatype")];
        group.bench_function(datatype.name(), |bencher| {
            bencher.iter(|| read(&served, datatype, InputData::Raw(black_box(bytes))));
        });
    }
    group.bench_function("FP64 from JSON's numbers", |bencher| {
        bencher.iter(|| read(&served, Datatype::Fp64, InputData::Json(black_box(&values))));
    });
    group.finish();
}

fn read(served: &Model, datatype: Datatype, data: InputData<'_>) -> Vec<f64> {
    let tensor = Tensor { name: "input-0", datatype, shape: &[ROWS, 4], data };
    served.rows(&[tensor], &mut Texts::default()).expect("the bytes are those of the shape")
}

criterion_group!(benches, rows_of_a_tensor);
criterion_main!(benches);
