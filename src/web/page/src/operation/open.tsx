// Opens the events of an operation.
import { openModal } from "../state/modal";
import { OperationDialog } from "./operation-dialog";

export function openOperation(id: string): void {
  openModal((close) => <OperationDialog id={id} close={close} />);
}
