import { Module } from '@nestjs/common';
import { GoverseGateModule } from 'nestjs-goverse';
import { ChatPageController } from './chat-page.controller.js';

/** A gate that also serves the web page of the chat. */
@Module({ imports: [GoverseGateModule.forRoot({})], controllers: [ChatPageController] })
export class ChatGateModule {}
