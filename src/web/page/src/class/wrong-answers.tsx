// What many got wrong is worth a word to all.
import type { Board } from "../api/class";
import { several } from "../lib/format";
import { inEnglish } from "../lib/localized";
import { plain } from "../lib/plain-text";

export function WrongAnswers({ board }: { board: Board }) {
  const wrong = board["wrong-answers"];
  if (wrong.length === 0) return null;
  const most = Math.max(...wrong.map(([, , count]) => count));
  const titleOf = (name: string) => inEnglish(board.exercises.find(([one]) => one === name)?.[1] ?? { en: name });
  return (
    <section class="class-wrong" aria-labelledby="wrong">
      <h2 id="wrong">Wrong answers, the most frequent first</h2>
      <div class="table-frame">
        <table class="table">
          <thead>
            <tr>
              <th scope="col">Answer</th>
              <th scope="col">Exercise</th>
              <th scope="col" class="grow">
                How often
              </th>
            </tr>
          </thead>
          <tbody>
            {wrong.map(([exercise, answer, count]) => (
              <tr key={`${exercise} ${answer}`}>
                <td class="mono class-answer">{plain(answer)}</td>
                <td>{plain(titleOf(exercise))}</td>
                <td>
                  <progress class="slim" max={most} value={count} aria-label={several(count, "time")} /> {count}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
