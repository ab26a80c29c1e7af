// A Worker for the tests: compares what it computes with what came along.

import { Predictor } from "iris-predictor";

import { compared } from "compare.js";

export default {
  async fetch(request) {
    const form = await request.formData();
    const model = await form.get("model").arrayBuffer();
    try {
      return Response.json(await compared(Predictor, model, JSON.parse(form.get("expected"))));
    } catch (error) {
      return new Response(String(error.stack), { status: 500 });
    }
  },
};
