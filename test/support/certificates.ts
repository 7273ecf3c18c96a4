import { generate } from 'selfsigned';

/** A certificate with its key, in PEM. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

/** An authority of a test, which signs certificates for `localhost`, 127.0.0.1 and what is asked for. */
export class TestAuthority {
  private constructor(private readonly own: TestCertificate) {}

  static async create(name: string): Promise<TestAuthority> {
    const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
      keyType: 'ec',
      algorithm: 'sha256',
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
      ],
    });
    return new TestAuthority({ cert, key });
  }

  /** The certificate of the authority itself. */
  get ca(): string {
    return this.own.cert;
  }

  /** A certificate for the name alone, or for this machine. */
  async sign(name?: string): Promise<TestCertificate> {
    const { cert, private: key } = await generate([{ name: 'commonName', value: name ?? 'localhost' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      ca: this.own,
      extensions: [
        { name: 'basicConstraints', cA: false },
        { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
        {
          name: 'subjectAltName',
          altNames: name
            ? [{ type: 2, value: name }]
            : [
                { type: 2, value: 'localhost' },
                { type: 7, ip: '127.0.0.1' },
              ],
        },
      ],
    });
    return { cert, key };
  }
}
