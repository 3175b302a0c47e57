import { checkNumber } from '../runtime/suggest.js';
import { makeLoss, type Loss, type ReductionOptions } from './loss.js';

export interface DistillationOptions extends ReductionOptions {
  /** T > 0: the higher, the more the teacher's small probabilities count. 2 by default. */
  temperature?: number;
}

/**
 * Knowledge distillation: T^2 KL(softmax(teacher / T) || softmax(student / T)), in nats. Labels are the teacher's logits,
 * predictions the student's; both [batch, ..., classes]. T^2 keeps the size of the gradients when T changes. Hinton, Vinyals and
 * Dean, "Distilling the knowledge in a neural network", 2015.
 *
 * To learn from hard labels as well, give the student's logits out twice, with a loss each:
 *
 * @throws OptionError for an unknown option or a temperature that is not positive.
 * @example
 * const logits = dense(10)(hidden);
 * const student = model({ inputs: x, outputs: [activation('linear')(logits), activation('linear')(logits)] });
 * student.compile({
 *   optimizer: 'adam',
 *   loss: [sparseCategoricalCrossentropy(), distillation({ temperature: 4 })],
 *   lossWeights: [0.1, 0.9],
 * });
 * const teacherLogits = await teacher.predict(images);
 * await student.fit(images, [classes, teacherLogits]);
 */
export function distillation(options: DistillationOptions = {}): Loss {
  const { temperature = 2 } = options;
  checkNumber('distillation', 'temperature', temperature, { above: 0 });
  return makeLoss(
    'distillation',
    options,
    { temperature },
    {
      fromLogits: true,
      task: 'categorical',
      perSample(yTrue, yPred) {
        const teacher = yTrue.div(temperature).logSoftmax();
        const student = yPred.div(temperature).logSoftmax();
        return teacher
          .exp()
          .mul(teacher.sub(student))
          .sum({ axis: -1 })
          .mul(temperature * temperature);
      },
    },
  );
}
