/** What keeps a request from being answered: the status says whose fault it is, the message the way out. */
export class RequestFault extends Error {
  override readonly name = "RequestFault";
  readonly status: 400 | 404 | 501 | 503;

  constructor(status: 400 | 404 | 501 | 503, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}
